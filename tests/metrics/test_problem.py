import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss, top_k_accuracy_score

from emotions.metrics.decisions import decide
from emotions.metrics.problem import MULTI_LABEL, PROBLEMS, SINGLE_LABEL, problem_of

MULTI, SINGLE = PROBLEMS[MULTI_LABEL], PROBLEMS[SINGLE_LABEL]
SAID = np.array([[0.5, 0.3, 0.2], [0.1, 0.45, 0.45], [0.2, 0.2, 0.6]])
TRUTH = np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0]], dtype=np.uint8)


@pytest.fixture
def many():
    random = np.random.default_rng(0)
    said = SINGLE.probabilities(random.normal(0, 2, (200, 5)))
    return np.eye(5, dtype=np.uint8)[random.integers(0, 5, 200)], said


def test_outputs_are_probabilities_of_each_label_or_of_one_among_them():
    logits = np.array([[0.0, np.log(3)]])
    assert MULTI.probabilities(logits) == pytest.approx(np.array([[0.5, 0.75]]))
    assert SINGLE.probabilities(logits) == pytest.approx(np.array([[0.25, 0.75]]))


@pytest.mark.parametrize("problem", PROBLEMS.values())
def test_logits_say_the_probabilities_that_they_are_of(problem, many):
    assert problem.probabilities(problem.logits(many[1])) == pytest.approx(many[1])


def test_the_most_probable_label_is_decided_whatever_its_probability():
    assert decide(SINGLE.candidates(SAID), SINGLE.conventional).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]], (
        "of two that tie the first"
    )
    assert decide(MULTI.candidates(SAID), MULTI.conventional).tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 1]]


def test_a_threshold_rejects_a_row_whose_most_probable_label_does_not_reach_it():
    assert decide(SINGLE.candidates(SAID), 0.5).tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 1]]


def test_the_log_loss_is_the_mean_over_pairs_or_over_rows(many):
    truth = np.array([[1, 0]])
    assert MULTI.log_loss(truth, np.array([[0.8, 0.4]])) == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)
    assert np.isfinite(MULTI.log_loss(truth, np.array([[0.0, 1.0]])))
    assert SINGLE.log_loss(*many) == pytest.approx(log_loss(many[0].argmax(axis=1), many[1]))
    assert np.isfinite(SINGLE.log_loss(truth, np.array([[0.0, 1.0]])))


def test_what_is_claimed_is_every_pair_or_each_rows_most_probable_label():
    truth, said = SINGLE.claims(TRUTH, SAID)
    assert (truth.tolist(), said.tolist()) == ([1, 0, 0], [0.5, 0.45, 0.6])
    assert MULTI.claims(TRUTH, SAID) == (TRUTH, SAID)


def test_accuracy_and_top_3_are_scikit_learns(many):
    truth, said = many
    found = SINGLE.ranking(truth, said)
    assert found["accuracy"] == accuracy_score(truth.argmax(axis=1), said.argmax(axis=1))
    assert found["top_3_accuracy"] == top_k_accuracy_score(truth.argmax(axis=1), said, k=3)


def test_what_is_rejected_lowers_coverage_and_is_no_part_of_what_is_answered(many):
    truth, said = many
    decided = decide(SINGLE.candidates(said), 0.7)
    answered = said.max(axis=1) >= 0.7
    found = SINGLE.scores(truth, decided)
    ours, theirs = truth[answered].argmax(axis=1), said[answered].argmax(axis=1)
    assert found["coverage"] == answered.mean()
    assert found["accuracy"] == (ours == theirs).sum() / len(truth)
    assert found["accuracy_of_answered"] == accuracy_score(ours, theirs)
    assert found["macro_f1_of_answered"] == pytest.approx(f1_score(ours, theirs, average="macro"))
    nothing = SINGLE.scores(truth, np.zeros_like(truth))
    assert np.isnan([nothing["accuracy_of_answered"], nothing["macro_f1_of_answered"]]).all(), "nothing is answered"
    assert nothing["accuracy"] == nothing["coverage"] == 0


def test_runs_from_before_there_were_two_problems_are_multi_label():
    assert problem_of({"data": {"source": "goemotions"}}) is MULTI
    assert problem_of({"problem": {"type": SINGLE_LABEL}}) is SINGLE
