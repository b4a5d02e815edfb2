"""Each line of the table is refused: one sentence with its words, nothing written, nothing lost, no traceback.

The short form, as a part of the whole suite, tries every third line; `--long`, as `make trust` does, all of them.
"""

import hashlib
import importlib
import re
import shutil
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest

from emotions.__main__ import door
from emotions.artifacts import sha256
from emotions.errors import UserError
from emotions.params import SECTIONS
from emotions.training import distillation
from tests.inputs.table import INPUTS, Input
from tests.records import keep_record
from tests.tiny import TINY_LABELS

pytestmark = pytest.mark.slow

STAGES = ("prepare", "tokenize", "train", "evaluate", "threshold_sweep", "plot")


@pytest.fixture(scope="module")
def sound(tiny_project, tmp_path_factory) -> Path:
    """What the finished tiny project has besides its code, a teacher, `one`, and records, `one` and `two`.

    No test changes it.
    """
    folder = tmp_path_factory.mktemp("sound") / "project"
    shutil.copytree(tiny_project, folder, ignore=shutil.ignore_patterns("emotions", "*.png", "__pycache__"))
    for reader, _ in SECTIONS.values():  # a section is looked at where its reader is
        (folder / reader).parent.mkdir(parents=True, exist_ok=True)
        (folder / reader).touch()
    train = folder / "data/raw/tiny/train.tsv"
    ids = [line.split("\t")[2] for line in train.read_text().splitlines()]
    with chdir(folder):
        distillation.save_teaching(Path("data/teachers/one.npz"), ids, np.full((len(ids), 3), 0.4))
        distillation.name_teachers("one", TINY_LABELS, {train.name: sha256(train)}, ["one"])
        for name in ("one", "two"):
            keep_record(name)
    return folder


@pytest.fixture(scope="module")
def damaged(sound, tmp_path_factory) -> Path:
    """One copy for all inputs, mended after each: to copy a project takes longer than to refuse its input."""
    return shutil.copytree(sound, tmp_path_factory.mktemp("damaged") / "project")


@pytest.fixture
def workspace(sound, damaged, monkeypatch) -> Iterator[Path]:
    """The copy as the current folder."""
    monkeypatch.chdir(damaged)
    yield damaged
    there, meant = files_of(damaged), files_of(sound)
    for name in sorted(name for name in there.keys() | meant.keys() if there.get(name) != meant.get(name)):
        path = damaged / name
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        if meant.get(name) == "folder":
            path.mkdir()
        elif name in meant:
            shutil.copy(sound / name, path)
    assert files_of(damaged) == meant


def files_of(folder: Path) -> dict[str, str]:
    """Return the hash of each file, and that there is each folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in folder.rglob("*")
    }


def run(words: list[str]) -> None:
    if words[0] in STAGES:
        importlib.import_module(f"stages.{words[0]}").main()
    else:
        door(words, standalone_mode=False)


def test_there_are_as_many_as_a_release_is_to_try():
    assert len(INPUTS) >= 400
    assert len({one.id for one in INPUTS}) == len(INPUTS)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "one" in metafunc.fixturenames:
        tried = INPUTS if metafunc.config.getoption("--long") else INPUTS[::3]
        metafunc.parametrize("one", tried, ids=[one.id for one in tried])


def test_it_is_refused_in_one_sentence_and_nothing_is_written(one: Input, workspace):
    one.damage(workspace / one.path)
    before = files_of(workspace)

    with pytest.raises(UserError) as raised:
        run(one.words)

    sentence = str(raised.value)
    assert one.said in sentence or re.search(one.said, sentence), sentence
    for line in sentence.split("\n"):
        assert len(line) < 1_000
        assert line == sentence or line.startswith("params.yaml: "), "one sentence, or one a parameter"
    assert files_of(workspace) == before


def test_the_undamaged_project_runs(workspace):
    """Else every line of the table could be refused for another reason."""
    for stage in STAGES:
        run([stage])
    for words in (["predict", "fine"], ["teach", "mine"], ["teachers", "both", "one", "mine"]):
        run(words)
    for words in (["compare", "results/one", "results/two", "--policy", "own"], ["report", "results/one"]):
        run(words)
    for words in (["record", "--again"], ["runs", "plain"]):
        run(words)
