import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from emotions.calibration import cross_entropy, expected_calibration_error, reliability
from emotions.scores import average_precision, decide, f1_scores, frequent_labels, headline, per_label, ranking_scores


@pytest.fixture
def split():
    random = np.random.default_rng(0)
    truth = (random.random((200, 4)) < [0.5, 0.3, 0.1, 0.05]).astype(np.uint8)
    return truth, np.clip(0.4 * truth + 0.6 * random.random((200, 4)), 0, 1)


def test_micro_f1_counts_every_label_of_every_row():
    truth = np.array([[1, 0], [1, 1]])
    decided = np.array([[1, 0], [0, 1]])  # two hits, one miss, no false alarm
    assert f1_scores(truth, decided)["micro_f1"] == pytest.approx(2 * 2 / (2 * 2 + 1))


def test_macro_f1_counts_a_label_never_predicted_as_zero():
    truth = np.array([[1, 1], [1, 0]])
    decided = np.array([[1, 0], [1, 0]])
    assert f1_scores(truth, decided)["macro_f1"] == pytest.approx((1 + 0) / 2)


def test_f1_is_scikit_learns(split):
    truth, probability = split
    truth[:, 3] = 0  # a label that no row carries
    for threshold in (0.3, 0.9, 1.1):  # at the last, nothing is predicted
        decided = decide(probability, threshold)
        assert f1_scores(truth, decided) == pytest.approx(
            {
                f"{average}_f1": f1_score(truth, decided, average=average, zero_division=0)
                for average in ("micro", "macro")
            }
        )


def test_macro_over_frequent_labels_leaves_the_rare_out(split):
    truth, probability = split
    decided = decide(probability, 0.5)
    frequent = frequent_labels(truth, rows=40)
    assert frequent.tolist() == [True, True, False, False]
    expected = f1_score(truth[:, :2], decided[:, :2], average="macro")
    assert headline(truth, decided, frequent)["macro_f1_frequent"] == pytest.approx(expected)


def test_a_probability_equal_to_the_threshold_is_decided():
    assert decide(np.array([[0.5, 0.4999]]), 0.5).tolist() == [[1, 0]]


def test_ranking_scores_are_means_over_labels_that_some_rows_carry(split):
    truth, probability = split
    with_absent = np.column_stack([truth, np.zeros(len(truth), dtype=np.uint8)])
    wider = np.column_stack([probability, np.full(len(truth), 0.2)])
    scores = ranking_scores(with_absent, wider)
    assert scores["mean_average_precision"] == pytest.approx(average_precision_score(truth, probability))
    assert scores["macro_auroc"] == pytest.approx(roc_auc_score(truth, probability))
    assert np.isnan(average_precision(with_absent, wider)[-1])


def test_per_label_table_counts_by_hand():
    truth = np.array([[1, 0], [1, 0], [0, 1], [0, 0]])
    decided = np.array([[1, 0], [0, 0], [1, 0], [0, 0]])
    table = per_label(truth, decided, decided.astype(float), ["a", "b"]).set_index("label")
    assert table.loc["a", ["rows", "predicted", "precision", "recall", "f1"]].tolist() == [2, 2, 0.5, 0.5, 0.5]
    assert table.loc["b", ["rows", "predicted", "precision", "recall", "f1"]].tolist() == [1, 0, 0, 0, 0]


def test_cross_entropy_is_the_mean_over_rows_and_labels():
    truth = np.array([[1, 0]])
    assert cross_entropy(truth, np.array([[0.8, 0.4]])) == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)
    assert np.isfinite(cross_entropy(truth, np.array([[0.0, 1.0]])))


def test_calibration_error_by_hand():
    truth = np.array([[1], [0], [1], [1]])
    probability = np.array([[0.1], [0.2], [0.9], [1.0]])  # lower half: mean .15, 1 of 2; upper: mean .95, 2 of 2
    diagram = reliability(truth, probability, bins=2)
    assert diagram["pairs"].tolist() == [2, 2]
    assert diagram["observed_share"].tolist() == [0.5, 1.0]
    assert expected_calibration_error(diagram) == pytest.approx((0.35 + 0.05) / 2)
