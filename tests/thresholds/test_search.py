import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from emotions.thresholds.search import (
    GRID,
    NEVER,
    averaged_threshold,
    best_threshold,
    cuts,
    f1_curve,
    global_threshold,
    precise_threshold,
    rank,
    rank_labels,
    shrunk,
)


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
        chosen = best_threshold(cuts(rank(y, p)))
        assert f1_score(y, p >= chosen) == pytest.approx(max(brute.values()))
        lowest_best = min(cut for cut, f1 in brute.items() if f1 == pytest.approx(max(brute.values())))
        assert ((p >= chosen) == (p >= lowest_best)).all()


def test_among_equal_cuts_the_lowest_wins_and_lies_midway():
    truth = np.array([1, 0, 1, 0, 0, 0])
    probability = np.array([0.9, 0.8, 0.7, 0.6, 0.3, 0.1])
    # hits/predicted: 1/1 -> 2/3, 2/3 -> 4/5 (the best), 2/4 -> 4/6
    assert best_threshold(cuts(rank(truth, probability))) == pytest.approx((0.7 + 0.6) / 2)
    tied = np.array([1, 0, 0, 1])  # 1/1 -> 2/3 and 2/4 -> 4/6: a tie
    assert best_threshold(cuts(rank(tied, np.array([0.9, 0.8, 0.7, 0.6])))) == pytest.approx(0.3)


def test_a_row_of_probability_0_can_be_worth_predicting_all():
    assert best_threshold(cuts(rank(np.array([1, 1, 0]), np.array([0.9, 0.0, 0.5])))) == 0


def test_rows_of_equal_probability_are_never_parted():
    truth = np.array([1, 0, 0])
    probability = np.array([0.5, 0.5, 0.2])
    chosen = best_threshold(cuts(rank(truth, probability)))
    assert 0.2 < chosen < 0.5


@pytest.mark.parametrize("seed", range(3))
def test_curve_is_the_f1_of_scikit_learn(seed):
    truth, probability = random_split(seed)
    curve = f1_curve(rank_labels(truth, probability)).set_index("threshold")
    for threshold in (0.05, 0.3, 0.5, 0.95):
        decided = probability >= threshold
        assert curve.loc[threshold, "micro_f1"] == pytest.approx(f1_score(truth, decided, average="micro"))
        assert curve.loc[threshold, "macro_f1"] == pytest.approx(
            f1_score(truth, decided, average="macro", zero_division=0)
        )
        assert curve.loc[threshold, "predictions_per_row"] == pytest.approx(decided.sum(axis=1).mean())


def test_counts_include_a_probability_equal_to_the_threshold():
    hits, predicted = rank(np.array([1, 0]), np.array([0.5, 0.5])).counts(np.array([0.5, 0.51]))
    assert hits.tolist() == [1, 0]
    assert predicted.tolist() == [2, 0]


def test_grid_runs_from_5_to_95_hundredths():
    assert (GRID[0], GRID[45], GRID[-1], len(GRID)) == (0.05, 0.5, 0.95, 91)


def test_global_threshold_is_the_lowest_of_the_best():
    curve = pd.DataFrame({"threshold": [0.1, 0.2, 0.3], "micro_f1": [0.5, 0.7, 0.7], "macro_f1": [0.6, 0.5, 0.4]})
    assert global_threshold(curve, "micro_f1") == 0.2
    assert global_threshold(curve, "macro_f1") == 0.1


@pytest.mark.parametrize("seed", range(10))
def test_a_precise_threshold_is_the_lowest_that_keeps_its_promise(seed):
    truth, probability = random_split(seed)
    y, p = truth[:, 0], probability[:, 0]
    good = [cut for cut in np.unique(p[y == 1]) if y[p >= cut].mean() >= 0.8]  # lower ones only add false alarms
    chosen = precise_threshold(cuts(rank(y, p)), 0.8)
    if good:
        assert ((p >= chosen) == (p >= min(good))).all()
    else:
        assert chosen == NEVER


def test_where_no_cut_is_precise_enough_nothing_is_predicted():
    truth, probability = np.array([0, 1]), np.array([1.0, 0.5])
    chosen = precise_threshold(cuts(rank(truth, probability)), 0.8)
    assert not (probability >= chosen).any()


def test_shrinking_moves_labels_of_few_rows_most():
    own, one = np.array([0.8, 0.8, 0.8]), 0.2
    moved = shrunk(own, one, rows=np.array([0, 50, 10**9]), strength=50)
    assert moved[0] == pytest.approx(0.2)
    assert moved[1] == pytest.approx(0.5)  # halfway in log-odds between 0.2 and 0.8
    assert moved[2] == pytest.approx(0.8, abs=1e-6)
    assert shrunk(own, one, np.array([0, 1, 100]), strength=0).tolist() == pytest.approx([0.2, 0.8, 0.8])


def test_an_averaged_threshold_lies_where_resamples_agree():
    random = np.random.default_rng(0)
    truth = np.array([1] * 200 + [0] * 800)
    probability = np.concatenate([random.uniform(0.5, 1, 200), random.uniform(0, 0.5, 800)])
    assert averaged_threshold(rank(truth, probability), 50, random) == pytest.approx(0.5, abs=0.02)


def test_an_averaged_threshold_depends_less_on_one_row():
    """One false alarm moves the exact threshold of twenty carriers to another peak of F1; the mean hardly moves."""
    random = np.random.default_rng(90)
    truth = np.array([1] * 20 + [0] * 90)
    probability = np.concatenate([random.beta(4, 3, 20), random.beta(2, 5, 90)])
    moved = probability.copy()
    moved[20] = 0.95
    exact = [best_threshold(cuts(rank(truth, p))) for p in (probability, moved)]
    averaged = [averaged_threshold(rank(truth, p), 200, np.random.default_rng(1)) for p in (probability, moved)]
    assert abs(exact[0] - exact[1]) > 0.15
    assert abs(averaged[0] - averaged[1]) < 0.02


def test_some_of_the_rows_are_counted_as_if_they_were_all():
    truth, probability = random_split(3)
    whole = rank(truth[:, 0], probability[:, 0])
    half = np.arange(60) % 2 == 0
    part, alone = whole.part(half[whole.row]), rank(truth[half, 0], probability[half, 0])
    assert all((ours == theirs).all() for ours, theirs in zip(part.counts(GRID), alone.counts(GRID), strict=True))
    assert best_threshold(cuts(part)) == best_threshold(cuts(alone))
