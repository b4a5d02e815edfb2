import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, hamming_loss

from emotions.metrics.decisions import confused_pairs, confusion_matrix, decision_scores, in_groups, tier


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_scikit_learn(seed):
    random = np.random.default_rng(seed)
    truth, decided = ((random.random((50, 4)) < 0.3).astype(np.uint8) for _ in range(2))
    found = decision_scores(truth, decided, np.ones(4, dtype=bool))
    for average in ("micro", "macro", "weighted", "samples"):
        # of rows with neither label nor prediction scikit-learn says what it is told to say
        expected = f1_score(truth, decided, average=average, zero_division=np.nan if average == "samples" else 0)
        assert found[f"{average}_f1"] == pytest.approx(expected), average
    assert found["subset_accuracy"] == pytest.approx(accuracy_score(truth, decided))
    assert found["hamming_loss"] == pytest.approx(hamming_loss(truth, decided))
    assert found["predictions_per_row"] == pytest.approx(decided.sum() / 50)
    assert found["empty_rows_share"] == pytest.approx((decided.sum(axis=1) == 0).mean())


def test_a_confused_pair_is_a_miss_beside_a_false_alarm():
    truth = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
    decided = np.array([[0, 1, 0], [0, 1, 0], [0, 0, 0], [1, 0, 1]])
    ids = np.array(["w", "x", "y", "z"])
    pairs = confused_pairs(truth, decided, ["a", "b", "c"], 5, ids)
    assert pairs.to_dict("records") == [
        {"pair": "a → b", "rows": 2, "share": 2 / 3, "examples": "w x"},
        {"pair": "b → c", "rows": 1, "share": 1 / 2, "examples": "z"},
    ]
    assert confused_pairs(truth, decided, ["a", "b", "c"], 1, ids)["pair"].tolist() == ["a → b"]


def test_of_pairs_that_tie_for_the_last_place_the_first_by_name_is_told():
    truth, decided = np.eye(3, dtype=int)[[2, 2, 0, 1]], np.eye(3, dtype=int)[[0, 0, 1, 2]]
    pairs = confused_pairs(truth, decided, ["b", "c", "a"], 2, np.array(list("wxyz")))
    assert pairs["pair"].tolist() == ["a → b", "b → c"], "a → b twice; b → c and c → a once"


def test_without_confusion_the_table_is_empty_with_its_columns():
    truth = np.eye(2, dtype=int)
    table = confused_pairs(truth, truth, ["a", "b"], 5, np.array(["y", "z"]))
    assert table.columns.tolist() == ["pair", "rows", "share", "examples"]


def test_tiers_are_the_bert_base_reports():
    assert [tier(f1) for f1 in (0.92, 0.7, 0.69, 0.5, 0.3, 0.01, 0.0)] == [
        "excellent", "excellent", "good", "good", "moderate", "poor", "zero"
    ]  # fmt: skip


def test_a_label_without_rows_is_in_no_tier():
    assert tier(float("nan")) == "undefined"


def test_a_row_with_neither_label_nor_prediction_has_no_f1():
    truth = np.array([[1, 0], [0, 0], [0, 0]])
    decided = np.array([[1, 0], [0, 0], [1, 0]])
    found = decision_scores(truth, decided, np.array([True, False]))
    assert found["samples_f1"] == pytest.approx((1 + 0) / 2), "a false alarm on a row without labels is an F1 of 0"
    assert found["weighted_f1"] == pytest.approx(2 / 3)
    empty = np.zeros((2, 2), dtype=np.uint8)
    found = decision_scores(empty, empty, np.array([False, False]))
    assert np.isnan([found["samples_f1"], found["weighted_f1"]]).all()
    assert (found["subset_accuracy"], found["empty_rows_share"]) == (1, 1)


def test_a_group_holds_where_one_of_its_labels_does():
    labels = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 0]], dtype=np.uint8)
    assert in_groups(labels, [0, 0, 1]).tolist() == [[1, 0], [1, 1], [0, 0]]


def test_the_confusion_matrix_counts_the_labels_that_rows_were_given():
    truth = np.array([[1, 0], [1, 0], [1, 1], [0, 1]])
    decided = np.array([[1, 0], [0, 1], [1, 1], [0, 0]])
    found = confusion_matrix(truth, decided, ["joy", "anger"])
    assert found.to_dict("list") == {
        "label": ["joy", "joy", "anger", "anger"],
        "predicted": ["joy", "anger", "joy", "anger"],
        "rows": [2, 2, 1, 1],
        "share": [2 / 3, 2 / 3, 1 / 2, 1 / 2],
    }
