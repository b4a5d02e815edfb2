import numpy as np
import pytest
from sklearn.metrics import f1_score

from emotions.metrics.decisions import decide, frequent_labels
from emotions.metrics.f1 import f1_scores, headline


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
    for threshold in (0.3, 0.9, 1.1):  # at the last, nothing is predicted
        decided = decide(probability, threshold)
        assert f1_scores(truth, decided) == pytest.approx(
            {
                f"{average}_f1": f1_score(truth, decided, average=average, zero_division=0)
                for average in ("micro", "macro")
            }
        )


def test_a_label_without_rows_has_no_part_in_macro_f1():
    truth = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 0]])
    decided = np.array([[1, 0, 1], [1, 0, 0], [1, 0, 0]])
    # the first: two hits, one false alarm, 0.8; the second: never found, 0; the third: no row to find
    assert f1_scores(truth, decided)["macro_f1"] == pytest.approx((0.8 + 0) / 2)


def test_a_score_without_any_label_is_not_zero():
    truth = np.array([[1, 0], [1, 1]])
    assert np.isnan(headline(truth, truth, np.array([False, False]))["macro_f1_frequent"])
    nothing = np.zeros((2, 2), dtype=np.uint8)
    assert np.isnan(list(headline(nothing, truth, np.array([True, True])).values())).all()


def test_macro_over_frequent_labels_leaves_the_rare_out(split):
    truth, probability = split
    decided = decide(probability, 0.5)
    frequent = frequent_labels(truth, rows=40)
    assert frequent.tolist() == [True, True, False, False]
    expected = f1_score(truth[:, :2], decided[:, :2], average="macro")
    assert headline(truth, decided, frequent)["macro_f1_frequent"] == pytest.approx(expected)


def test_a_probability_equal_to_the_threshold_is_decided():
    assert decide(np.array([[0.5, 0.4999]]), 0.5).tolist() == [[1, 0]]
