import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from emotions import EmotionModel
from emotions.errors import UserError
from emotions.inference.emotion_model import batches, padded
from emotions.inference.predictions import load_predictions
from tests.tiny import TINY_LABELS, run_python

HEAVY = {"torch", "transformers", "pandas", "scipy", "sklearn", "pydantic", "yaml", "pyarrow"}


@pytest.fixture(scope="module")
def trained(tiny_project):
    return EmotionModel.load(tiny_project / "data/model")


@pytest.fixture(scope="module", params=["trained", "fp32", "int8"])
def model(request):
    """One of each kind of folder."""
    if request.param == "trained":
        return request.getfixturevalue("trained")
    return EmotionModel.load(request.getfixturevalue("tiny_export") / "models/exported" / request.param)


@pytest.fixture(scope="module")
def test_texts(tiny_project) -> list[str]:
    return pq.read_table(tiny_project / "data/prepared/test.parquet")["text"].to_pylist()


def test_decisions_are_those_of_the_sweep_stage_on_all_of_test(tiny_project, trained, test_texts):
    made = load_predictions(tiny_project / "data/predictions/test.npz")
    assert np.abs(trained.predict_proba(test_texts) - made.probability).max() < 1e-5
    for policy, thresholds in trained.policies.items():
        decided = [
            {label for label, on in zip(made.labels, row, strict=True) if on} for row in made.probability >= thresholds
        ]
        assert [set(emotions) for emotions in trained.predict(test_texts, policy)] == decided


def test_names_and_shapes_are_those_of_scikit_learn(model):
    assert model.labels == TINY_LABELS
    assert model.thresholds.shape == (3,)
    assert (model.thresholds == model.policies[model.policy]).all()
    probability = model.predict_proba(["so happy", "terrible"])
    assert (probability.shape, probability.dtype) == ((2, 3), np.float32)
    assert model.predict_proba([]).shape == (0, 3)
    assert model.predict([]) == []


def test_emotions_come_by_falling_probability(model):
    (emotions,) = model.predict(["so happy"], thresholds=0.0)
    assert sorted(emotions) == sorted(TINY_LABELS)
    assert list(emotions.values()) == sorted(emotions.values(), reverse=True)
    assert model.predict(["so happy"], thresholds=1.1) == [{}]


def test_thresholds_can_be_one_a_label_and_one_reached_exactly_counts(model):
    probability = model.predict_proba(["so happy"])[0]
    (emotions,) = model.predict(["so happy"], thresholds=[probability[0], 1.1, 1.1])
    assert list(emotions) == ["joy"]


def test_a_text_has_its_probabilities_whatever_stands_beside_it(model, test_texts):
    """Not so with ONNX Runtime's own dynamic quantization, which scales activations by the whole batch."""
    together = model.predict_proba(test_texts)
    alone = np.concatenate([model.predict_proba([text]) for text in test_texts])
    assert together == pytest.approx(alone, abs=1e-6)


def test_special_tokens_typed_in_a_text_are_text(model):
    assert np.abs(model.predict_proba(["so happy"]) - model.predict_proba(["so happy [SEP]"])).max() > 1e-4
    assert model.predict_proba(["[SEP]"]) == pytest.approx(model.predict_proba(["[ sep ]"]), abs=1e-6)


def test_a_long_text_is_cut_at_max_length(model):
    assert model.max_length == 64
    long = "so happy " * 40
    assert model.predict_proba([long]) == pytest.approx(model.predict_proba([long * 2]), abs=1e-6)


@pytest.mark.parametrize("texts", ["so happy", ["fine", None], [1]])
def test_anything_but_a_list_of_texts_is_refused(model, texts):
    with pytest.raises(TypeError, match="expected a list of texts"):
        model.predict_proba(texts)


def test_policy_and_thresholds_at_once_are_refused(trained):
    with pytest.raises(TypeError, match="a policy or thresholds"):
        trained.predict(["fine"], policy="fixed", thresholds=0.5)


def test_a_stream_yields_every_chunk_with_its_probabilities(trained, test_texts):
    chunks = [test_texts[:5], [], test_texts[5:]]
    streamed = list(trained.stream(iter(chunks)))
    assert [chunk for chunk, _ in streamed] == chunks
    assert np.concatenate([part for _, part in streamed]) == pytest.approx(trained.predict_proba(test_texts), abs=1e-6)


def test_batches_hold_every_row_once_within_the_tokens():
    lengths = np.random.default_rng(0).integers(1, 60, 500)
    made = list(batches(lengths, 128))
    assert sorted(np.concatenate(made).tolist()) == list(range(500))
    assert all(len(rows) * lengths[rows].max() <= 128 for rows in made)
    assert len(made) < 1.2 * lengths.sum() / 128


def test_a_row_longer_than_the_tokens_is_a_batch_of_its_own():
    assert [rows.tolist() for rows in batches(np.array([9, 1, 9, 1]), 4)] == [[1, 3], [0], [2]]


def test_padding_is_masked():
    ids, mask = padded([[7], [8, 9]], pad_id=1)
    assert ids.tolist() == [[7, 1], [8, 9]]
    assert mask.tolist() == [[1, 0], [1, 1]]


def test_the_pipelines_folder_is_all_that_a_model_needs(tiny_project, tmp_path):
    shutil.copytree(tiny_project / "data/model", tmp_path / "model")
    assert EmotionModel.load(tmp_path / "model").labels == TINY_LABELS
    (tmp_path / "model/thresholds.json").unlink()
    with pytest.raises(UserError, match=r"thresholds.json: expected the thresholds of a run"):
        EmotionModel.load(tmp_path / "model")


def test_thresholds_of_other_labels_are_refused(project_copy):
    path = project_copy / "data/model/thresholds.json"
    path.write_text(path.read_text().replace('"joy"', '"pride"'))
    with pytest.raises(UserError, match="different labels"):
        EmotionModel.load("data/model")


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"expected a model's folder, with model.onnx or classifier"):
        EmotionModel.load(tmp_path)


def test_the_import_costs_nothing(root):
    done = run_python(
        "-c", "import sys, emotions; print({'numpy', 'typer', 'tokenizers'} & set(sys.modules))", cwd=root
    )
    assert done.stdout == "set()\n", done.stderr


def test_an_exported_folder_needs_onnxruntime_tokenizers_and_numpy_alone(tiny_export):
    done = run_python(
        "-c",
        "import sys\n"
        "from emotions import EmotionModel\n"
        "EmotionModel.load('models/exported/int8').predict(['so happy'])\n"
        f"print({HEAVY} & set(sys.modules))",
        cwd=tiny_export,
    )
    assert done.stdout == "set()\n", done.stderr


def test_float32_says_what_the_trained_model_says(tiny_export, trained, test_texts):
    fp32 = EmotionModel.load(tiny_export / "models/exported/fp32")
    assert fp32.predict_proba(test_texts) == pytest.approx(trained.predict_proba(test_texts), abs=1e-5)
    assert fp32.max_length == trained.max_length


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json", "thresholds.json"])
def test_a_folder_whose_files_differ_from_its_manifest_is_refused(tiny_export, tmp_path, file):
    shutil.copytree(tiny_export / "models/exported/int8", tmp_path / "model")
    with (tmp_path / "model" / file).open("ab") as changed:
        changed.write(b" ")
    with pytest.raises(UserError, match=f"{file}: expected sha256 .*; found .*: get or export it again"):
        EmotionModel.load(tmp_path / "model")
    (tmp_path / "model" / file).unlink()
    with pytest.raises(UserError, match=r"expected"):
        EmotionModel.load(tmp_path / "model")


def test_a_folder_without_a_manifest_is_refused(tiny_export, tmp_path):
    shutil.copytree(tiny_export / "models/exported/int8", tmp_path / "model")
    (tmp_path / "model/manifest.json").unlink()
    with pytest.raises(UserError, match="manifest.json: expected the hashes of the folder's files"):
        EmotionModel.load(tmp_path / "model")


def test_calibration_moves_probabilities(project_copy):
    before = EmotionModel.load("data/model").predict_proba(["so happy"])
    path = project_copy / "data/model/thresholds.json"
    chosen = json.loads(path.read_text())
    chosen["calibration"]["slope"]["joy"] = 2.0
    path.write_text(json.dumps(chosen))
    after = EmotionModel.load("data/model").predict_proba(["so happy"])
    odds = before[0, 0] / (1 - before[0, 0])
    assert after[0, 0] / (1 - after[0, 0]) == pytest.approx(odds**2, rel=1e-4)
    assert (after[0, 1:] == before[0, 1:]).all()


def test_a_folder_may_say_what_groups_its_labels_have(project_copy):
    assert EmotionModel.load("data/model").groups == {}
    (project_copy / "data/model/groups.csv").write_text("label,mood\njoy,good\nanger,bad\nneutral,none\n")
    assert EmotionModel.load("data/model").groups == {"mood": {"joy": "good", "anger": "bad", "neutral": "none"}}
