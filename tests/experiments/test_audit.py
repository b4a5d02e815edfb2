import json

import numpy as np
import pytest

pytest.importorskip("cleanlab", reason="not installed: pip install -r requirements-audit.txt")

from emotions.data.corpus import Row, read_source
from emotions.data.targets import multi_hot
from emotions.experiments.audit import audit, by_doubt, conflicts, doubtful, reasons, share_interval
from emotions.experiments.sources import training_sha256
from emotions.metrics.problem import MULTI_LABEL, PROBLEMS, SINGLE_LABEL
from emotions.training.distillation import name_teachers, save_teaching

MULTI, SINGLE = PROBLEMS[MULTI_LABEL], PROBLEMS[SINGLE_LABEL]


@pytest.fixture
def planted():
    """1,000 rows of three labels that a model knows well; the labels of the first 30 rows were changed."""
    random = np.random.default_rng(0)
    right = np.eye(3, dtype=np.uint8)[random.integers(0, 3, 1000)]
    given = right.copy()
    given[:30] = np.roll(right[:30], 1, axis=1)
    return given, SINGLE.probabilities(4.0 * right + random.normal(0, 1, right.shape))


@pytest.mark.parametrize("problem", [MULTI, SINGLE])
def test_labels_that_were_changed_are_in_doubt_and_stand_first(planted, problem):
    pairs = doubtful(*planted, problem)
    assert pairs.shape == (1000, 3)
    in_doubt = pairs.any(axis=1)
    assert in_doubt[:30].mean() >= 0.8
    assert in_doubt[30:].mean() <= 0.05
    assert np.mean(by_doubt(*planted, pairs)[:20] < 30) >= 0.9


def test_the_surest_label_that_nobody_gave_comes_first_then_the_least_seen_that_was_given():
    truth = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [1, 0]])
    probability = np.array([[0.5, 0.8], [0.4, 0.9], [0.2, 0.1], [0.1, 0.1], [0.9, 0.9]])
    pairs = np.array([[False, True], [True, True], [True, False], [True, False], [False, False]])
    assert by_doubt(truth, probability, pairs).tolist() == [1, 0, 3, 2]


def test_of_one_label_the_given_and_the_most_probable_are_marked(planted):
    truth, probability = planted
    pairs = doubtful(truth, probability, SINGLE)
    row = np.flatnonzero(pairs.any(axis=1))[0]
    assert set(np.flatnonzero(pairs[row])) == {truth[row].argmax(), probability[row].argmax()}


@pytest.mark.slow
def test_the_interval_holds_the_share_that_was_changed(planted):
    low, high = share_interval(*planted, SINGLE)
    assert low < 0.03 < high < 0.08


def test_reasons_say_what_is_given_and_what_the_model_says():
    said = np.array([0.01, 0.6, 0.97])
    pairs = np.array([True, False, True])
    assert reasons(np.array([1, 0, 0]), said, pairs, ["joy", "love", "anger"]) == (
        "joy is given, the model says 1%; anger is not given, the model says 97%"
    )


def test_texts_with_different_labels_are_conflicts():
    rows = [Row("So happy!", (0,), "a"), Row("so happy", (0, 1), "b"), Row("fine", (1,), "c"), Row("Fine.", (1,), "d")]
    assert {text: [row.id for row in of] for text, of in conflicts(rows).items()} == {"so happy": ["a", "b"]}


@pytest.mark.slow
def test_a_source_is_audited_and_a_corrected_row_becomes_a_new_source(project_copy, call):
    names, rows = read_source("tiny")
    truth = multi_hot([row.labels for row in rows["train"]], 3)
    said = np.clip(truth + 0.0, 0.03, 0.97)
    said[5] = np.roll(said[5], 1)
    wrong, meant = rows["train"][5], names[(rows["train"][5].labels[0] + 1) % 3]
    given = names[wrong.labels[0]]
    save_teaching(project_copy / "data/teachers/honest.npz", [row.id for row in rows["train"]], said)
    name_teachers("honest", names, training_sha256("tiny"), ["honest"])
    first = audit("tiny", "honest", {"problem": {"type": MULTI_LABEL}}).table.iloc[0]
    assert (first["id"], first["text"], first["labels"]) == (wrong.id, wrong.text, given)
    assert first["says"].startswith(f"{meant} 97%")
    assert f"{given} is given, the model says 3%" in first["why"]

    printed = call("audit", "honest")
    assert f"of {len(truth):,} training rows in doubt" in printed
    assert wrong.text in (project_copy / "build/audit.html").read_text()
    header, row = (project_copy / "build/audit.csv").read_text().splitlines()[:2]
    (project_copy / "fix.csv").write_text(f"{header}\n{row.replace(f',{given},', f',{meant},', 1)}\n")
    assert "with other labels on 1 of train" in call("add", "fixed", "--of", "tiny", "--fix", "fix.csv")
    fixed = (project_copy / "data/raw/fixed/train.jsonl").read_text().splitlines()
    assert json.loads(fixed[5])["labels"] == [meant]
