"""Whatever bytes a file holds, its reader returns what they say or refuses them in one sentence."""

import io
import json
import shutil
from collections.abc import Callable
from contextlib import chdir, suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emotions.artifacts import read_json
from emotions.data.corpus import read_label_names, read_rows
from emotions.data.prepared import read_labels, read_source_sha256, read_texts
from emotions.data.tokens import read_tokens
from emotions.errors import UserError
from emotions.experiments.recorded import own_thresholds, probabilities_of, protocol_thresholds, read_run
from emotions.experiments.sources import described
from emotions.inference.predictions import read_predictions
from emotions.manifest import verify, write_manifest
from emotions.model.saved import load_tokenizer
from emotions.params import read_sections
from emotions.series import read_series
from emotions.thresholds.chosen import Chosen
from emotions.training.distillation import read_named, read_teaching
from stages import prepare
from tests.records import keep_record

pytestmark = pytest.mark.slow

NAMES = ["joy", "anger", "neutral"]
ONE = Path("results/one")
OF_A_RECORD = ("params.yaml", "provenance.json", "metrics.json", "resampled.npz", "per_emotion.csv", "groups.csv")
any_bytes = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,  # the same bytes in every run
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Bytes near to sound ones: some changed, left out or put in, or cut short; or bytes of any kind."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=300))
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 20)))
        content[start:end] = draw(st.binary(max_size=20))
    return bytes(content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content)


def returns_or_refuses(read: Callable[[], object]) -> None:
    with suppress(UserError):
        read()


def npz_of(probability: np.ndarray) -> bytes:
    path = io.BytesIO()
    np.savez(path, truth=np.eye(3, dtype=np.uint8), probability=probability, ids=np.array(list("abc")), labels=NAMES)
    return path.getvalue()


PREDICTIONS = npz_of(np.full((3, 3), 0.5, dtype=np.float32))
THRESHOLDS = json.dumps(
    {
        "labels": ["joy"],
        "policy": "fixed",
        "calibration": {"slope": {"joy": 1.0}, "intercept": {"joy": 0.0}},
        "policies": {"fixed": {"joy": 0.5}},
    }
).encode()


@any_bytes
@given(damaged(b"so happy\t0,2\ta1\nfine\t1\ta2\n"))
def test_tsv(tmp_path, content):
    (tmp_path / "train.tsv").write_bytes(content)
    returns_or_refuses(lambda: list(read_rows(tmp_path / "train.tsv", NAMES)))


@any_bytes
@given(damaged(b'{"id": "a1", "text": "so happy", "labels": ["joy"]}\n{"id": "a2", "text": "fine", "labels": []}\n'))
def test_json_lines(tmp_path, content):
    (tmp_path / "train.jsonl").write_bytes(content)
    returns_or_refuses(lambda: list(read_rows(tmp_path / "train.jsonl", NAMES)))


@any_bytes
@given(damaged(b"joy\nanger\nneutral\n"))
def test_label_names(tmp_path, content):
    (tmp_path / "labels.txt").write_bytes(content)
    returns_or_refuses(lambda: read_label_names(tmp_path / "labels.txt"))


@any_bytes
@given(damaged(b"train:\n  epochs: 3\n  loss: {name: bce, weights: [1, 2.0e-4]}  # a note\nplot: &a {dpi: 110}\n"))
def test_params(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_bytes(content)
    returns_or_refuses(read_sections)


@any_bytes
@given(damaged(b'{"a": [1, 2.5, null, true], "b": {"c": "d"}}'))
def test_json(tmp_path, content):
    (tmp_path / "file.json").write_bytes(content)
    returns_or_refuses(lambda: read_json(tmp_path / "file.json", "numbers", "make it again"))


@any_bytes
@given(damaged(PREDICTIONS))
def test_predictions(content):
    returns_or_refuses(lambda: read_predictions(io.BytesIO(content), "here", "make it again"))


@any_bytes
@given(st.lists(st.floats(width=32), min_size=9, max_size=9))
def test_predictions_that_are_read_are_probabilities(values):
    file = io.BytesIO(npz_of(np.array(values, dtype=np.float32).reshape(3, 3)))
    try:
        made = read_predictions(file, "here", "make it again")
    except UserError:
        assert not all(0 <= value <= 1 for value in values)
    else:
        assert ((made.probability >= 0) & (made.probability <= 1)).all()


@any_bytes
@given(damaged(THRESHOLDS))
def test_thresholds(content):
    returns_or_refuses(lambda: Chosen.parse(content, "here"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["joy", "fixed", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@any_bytes
@given(st.sampled_from(["labels", "policy", "calibration", "policies"]), JSON)
def test_thresholds_of_any_json(key, value):
    returns_or_refuses(lambda: Chosen.parse(json.dumps(json.loads(THRESHOLDS) | {key: value}), "here"))


@any_bytes
@given(damaged(b"label,rows\nNone,3\njoy,4.5\n"))
def test_series(tmp_path, content):
    (tmp_path / "series.csv").write_bytes(content)
    returns_or_refuses(lambda: read_series(tmp_path / "series.csv", ["label"], ["rows"], "prepare"))


@any_bytes
@given(damaged(b'{"sha256": {"weights": "0123"}}'))
def test_manifest(tmp_path, content):
    (tmp_path / "weights").write_bytes(b"weights")
    (tmp_path / "manifest.json").write_bytes(content)
    returns_or_refuses(lambda: verify(tmp_path, ("weights",), "make it again"))


@any_bytes
@given(st.data())
def test_a_changed_byte_of_a_model_is_found(tmp_path, data):
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    for name in ("config.json", "weights"):
        (tmp_path / name).write_bytes(bytes(range(20)))
    write_manifest(tmp_path)
    path = tmp_path / data.draw(st.sampled_from(["config.json", "weights"]))
    content = data.draw(damaged(path.read_bytes()))
    path.write_bytes(content)
    if content == bytes(range(20)):
        verify(tmp_path, (), "make it again")
    else:
        with pytest.raises(UserError, match=f"{path.name}: expected sha256"):
            verify(tmp_path, (), "make it again")


@pytest.fixture(scope="module")
def taught(tiny_project, tmp_path_factory) -> Path:
    """The finished tiny project's data and a record of it, which a test may change."""
    folder = tmp_path_factory.mktemp("bytes") / "project"
    shutil.copytree(tiny_project, folder, ignore=shutil.ignore_patterns("emotions", "*.png", "__pycache__"))
    with chdir(folder):
        keep_record("one")
    return folder


@any_bytes
@given(st.data())
@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("data/prepared/labels.json", read_labels),
        ("data/prepared/source.json", read_source_sha256),
        ("data/prepared/train.parquet", lambda: read_texts("train")),
        ("data/tokens/train.parquet", lambda: read_tokens("train", 3, 80)),
        ("data/tokens/tokenizer/tokenizer.json", lambda: load_tokenizer(Path("data/tokens/tokenizer"), "again")),
        ("data/teachers/none.json", lambda: read_named("none")),
        ("data/teachers/one.npz", lambda: read_teaching(Path("data/teachers/one.npz"))),
        *((f"results/one/{name}", lambda: read_run(ONE)) for name in OF_A_RECORD),
        ("results/one/predictions.npz", lambda: probabilities_of(ONE)),
        ("results/one/metrics.json", lambda: protocol_thresholds(ONE, NAMES)),
        ("results/one/thresholds.json", lambda: own_thresholds(ONE)),
        ("results/sources/tiny.json", lambda: described("tiny")),
    ],
)
def test_what_stages_wrote(taught, monkeypatch, path, read, data):
    monkeypatch.chdir(taught)
    if path.endswith("one.npz"):
        np.savez(path, ids=np.array(["a", "b"]), probability=np.full((2, 3), 0.5, dtype=np.float16))
    whole = Path(path).read_bytes()
    try:
        Path(path).write_bytes(data.draw(damaged(whole)))
        returns_or_refuses(read)
    finally:
        Path(path).write_bytes(whole)


@settings(any_bytes, max_examples=30)  # a whole stage each
@given(damaged(b"so happy\t0\ta1\nfine\t1\ta2\nit is\t2\ta3\n"))
def test_prepare_writes_all_or_nothing(taught, monkeypatch, content):
    monkeypatch.chdir(taught)
    train, out = Path("data/raw/tiny/train.tsv"), Path("data/prepared")
    whole = train.read_bytes()
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    try:
        train.write_bytes(content)
        prepare.main()
        assert {path.name for path in out.iterdir()} == before.keys()
        assert len(pd.read_parquet(out / "train.parquet")) == content.count(b"\n") + (not content.endswith(b"\n"))
    except UserError:
        assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    finally:
        train.write_bytes(whole)
        for name, kept in before.items():
            (out / name).write_bytes(kept)
    assert not list(Path("data").glob(".*")), "nothing half-written is left"
