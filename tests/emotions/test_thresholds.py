import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from emotions.thresholds import (
    GRID,
    ThresholdSweepParams,
    best_threshold,
    choose,
    counts_at,
    f1_curve,
    global_threshold,
    per_label_thresholds,
)

PARAMS = ThresholdSweepParams(fixed=0.5, objective="macro_f1", policy="per_label")


def random_split(seed: int, rows: int = 60, labels: int = 3) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    truth = (random.random((rows, labels)) < 0.3).astype(np.uint8)
    truth[0] = 1
    probability = np.round(0.3 * truth + 0.7 * random.random((rows, labels)), 2)  # rounded: ties happen
    return truth, probability


@pytest.mark.parametrize("seed", range(30))
def test_best_threshold_is_the_best_of_every_cut(seed):
    truth, probability = random_split(seed)
    for label in range(truth.shape[1]):
        y, p = truth[:, label], probability[:, label]
        brute = {cut: f1_score(y, p >= cut, zero_division=0) for cut in np.unique(p)}
        chosen = best_threshold(y, p)
        assert f1_score(y, p >= chosen) == pytest.approx(max(brute.values()))
        lowest_best = min(cut for cut, f1 in brute.items() if f1 == pytest.approx(max(brute.values())))
        assert ((p >= chosen) == (p >= lowest_best)).all()


def test_among_equal_cuts_the_lowest_wins_and_lies_midway():
    truth = np.array([1, 0, 1, 0, 0, 0])
    probability = np.array([0.9, 0.8, 0.7, 0.6, 0.3, 0.1])
    # hits/predicted: 1/1 -> 2/3, 2/3 -> 4/5 (the best), 2/4 -> 4/6
    assert best_threshold(truth, probability) == pytest.approx((0.7 + 0.6) / 2)
    tied = np.array([1, 0, 0, 1])  # 1/1 -> 2/3 and 2/4 -> 4/6: a tie
    assert best_threshold(tied, np.array([0.9, 0.8, 0.7, 0.6])) == pytest.approx(0.3)


def test_a_row_of_probability_0_can_be_worth_predicting_all():
    assert best_threshold(np.array([1, 1, 0]), np.array([0.9, 0.0, 0.5])) == 0


def test_rows_of_equal_probability_are_never_parted():
    truth = np.array([1, 0, 0])
    probability = np.array([0.5, 0.5, 0.2])
    chosen = best_threshold(truth, probability)
    assert 0.2 < chosen < 0.5


def test_a_label_without_rows_takes_the_global_threshold():
    truth = np.array([[1, 0], [0, 0]])
    probability = np.array([[0.9, 0.4], [0.2, 0.3]])
    assert per_label_thresholds(truth, probability, otherwise=0.33).tolist() == [pytest.approx(0.55), 0.33]


@pytest.mark.parametrize("seed", range(3))
def test_curve_is_the_f1_of_scikit_learn(seed):
    truth, probability = random_split(seed)
    curve = f1_curve(truth, probability).set_index("threshold")
    for threshold in (0.05, 0.3, 0.5, 0.95):
        decided = probability >= threshold
        assert curve.loc[threshold, "micro_f1"] == pytest.approx(f1_score(truth, decided, average="micro"))
        assert curve.loc[threshold, "macro_f1"] == pytest.approx(
            f1_score(truth, decided, average="macro", zero_division=0)
        )
        assert curve.loc[threshold, "predictions_per_row"] == pytest.approx(decided.sum(axis=1).mean())


def test_counts_include_a_probability_equal_to_the_threshold():
    hits, predicted = counts_at(np.array([[1], [0]]), np.array([[0.5], [0.5]]), np.array([0.5, 0.51]))
    assert hits.tolist() == [[1], [0]]
    assert predicted.tolist() == [[2], [0]]


def test_grid_runs_from_5_to_95_hundredths():
    assert (GRID[0], GRID[45], GRID[-1], len(GRID)) == (0.05, 0.5, 0.95, 91)


def test_global_threshold_is_the_lowest_of_the_best():
    curve = pd.DataFrame({"threshold": [0.1, 0.2, 0.3], "micro_f1": [0.5, 0.7, 0.7], "macro_f1": [0.6, 0.5, 0.4]})
    assert global_threshold(curve, "micro_f1") == 0.2
    assert global_threshold(curve, "macro_f1") == 0.1


def test_policies_have_one_threshold_a_label():
    truth, probability = random_split(1)
    policies = choose(truth, probability, PARAMS)
    assert list(policies) == ["fixed", "fixed_0_3", "global", "per_label"]
    assert all(thresholds.shape == (3,) for thresholds in policies.values())
    assert policies["fixed"].tolist() == [0.5] * 3
    assert len(set(policies["global"])) == 1


def test_per_label_is_never_worse_than_global_where_it_was_chosen():
    truth, probability = random_split(2)
    policies = choose(truth, probability, PARAMS)
    macro = {name: f1_score(truth, probability >= cut, average="macro") for name, cut in policies.items()}
    assert macro["per_label"] >= macro["global"] >= macro["fixed"]
