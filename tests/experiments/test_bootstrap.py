import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score

from emotions.experiments import bootstrap
from emotions.experiments.bootstrap import (
    draw,
    holm,
    interval,
    p_value,
    resampled_average_precision,
    resampled_differences,
    resampled_scores,
)


@pytest.fixture
def split():
    random = np.random.default_rng(0)
    truth = (random.random((300, 4)) < 0.3).astype(np.uint8)
    flips = random.random(truth.shape) < 0.1
    return truth, truth ^ flips


def test_resamples_surround_the_score_of_all_rows_as_closely_as_rows_allow(split):
    truth, decided = split
    scores = resampled_scores(truth, {"ours": decided}, np.array([True, True, False, False]))["ours"]
    assert scores.shape == (3, bootstrap.RESAMPLES)
    for row, expected in enumerate(
        (
            f1_score(truth, decided, average="micro"),
            f1_score(truth, decided, average="macro"),
            f1_score(truth[:, :2], decided[:, :2], average="macro"),
        )
    ):
        low, high = interval(scores[row])
        assert expected - 0.05 < low < expected - 0.02, "a standard error of one and a half to two points"
        assert expected + 0.02 < high < expected + 0.05
        assert scores[row].mean() == pytest.approx(expected, abs=0.002)


def test_a_resample_is_a_draw_of_whole_rows(split, monkeypatch):
    monkeypatch.setattr(bootstrap, "RESAMPLES", 1)
    truth, decided = split
    drawn = np.random.default_rng(bootstrap.SEED).integers(300, size=300)
    scores = resampled_scores(truth, {"ours": decided}, np.ones(4, dtype=bool))["ours"]
    assert scores[0, 0] == pytest.approx(f1_score(truth[drawn], decided[drawn], average="micro"), abs=1e-6)
    assert scores[1, 0] == pytest.approx(f1_score(truth[drawn], decided[drawn], average="macro"), abs=1e-6)


def test_two_sets_of_decisions_meet_the_same_rows(split):
    truth, decided = split
    scores = resampled_scores(truth, {"a": decided, "b": decided}, np.ones(4, dtype=bool))
    assert (scores["a"] == scores["b"]).all(), "so that their difference is a paired one"


def test_a_label_is_left_out_of_the_resamples_that_drew_no_row_of_it(monkeypatch):
    monkeypatch.setattr(bootstrap, "RESAMPLES", 200)
    truth = np.zeros((60, 2), dtype=np.uint8)
    truth[:30, 0] = 1
    truth[0, 1] = 1  # one row of 60: over a third of the resamples go without it
    without = np.array([row == 0 for row in draw(60)[:, 0]])
    assert 0.2 < without.mean() < 0.6
    micro, macro, frequent = resampled_scores(truth, {"all": truth}, np.array([False, True]))["all"]
    assert (micro == 1).all()
    assert (macro == 1).all(), "as all rows say; an F1 of 0 for the label that is not there would make it 0.5"
    assert (np.isnan(frequent) == without).all()
    assert interval(frequent) == (1, 1)


def test_average_precision_in_resamples_is_scikit_learns_of_the_rows_drawn(monkeypatch):
    """Probabilities of two digits, so that many rows tie; a row drawn twice ties with itself."""
    monkeypatch.setattr(bootstrap, "RESAMPLES", 20)
    random = np.random.default_rng(3)
    truth = (random.random((200, 3)) < (0.4, 0.2, 0.05)).astype(np.uint8)
    probability = np.round(0.3 * truth + 0.7 * random.random(truth.shape), 2)
    found = resampled_average_precision(draw(200), truth, probability)
    random = np.random.default_rng(bootstrap.SEED)
    for value in found:
        rows = random.integers(200, size=200)
        expected = [average_precision_score(truth[rows, label], probability[rows, label]) for label in range(3)]
        assert value == pytest.approx(np.mean(expected), abs=1e-6)


def test_resamples_rank_the_labels_that_the_score_of_all_rows_ranks():
    """A label on every row and one on none have no average precision, in all rows or in resamples of them."""
    random = np.random.default_rng(4)
    mixed = (random.random((50, 1)) < 0.5).astype(np.uint8)
    truth = np.hstack([mixed, np.ones((50, 1), dtype=np.uint8), np.zeros((50, 1), dtype=np.uint8)])
    probability = random.random((50, 3))
    weights = draw(50)
    alone = resampled_average_precision(weights, mixed, probability[:, :1])
    assert (resampled_average_precision(weights, truth, probability) == alone).all()


def test_an_interval_leaves_out_the_outer_twentieth():
    assert interval(np.arange(1001)) == (25.0, 975.0)
    assert interval(np.append(np.arange(1001), np.full(5000, np.nan))) == (25.0, 975.0)
    assert np.isnan(interval(np.full(3, np.nan))).all()


def test_a_p_value_is_the_level_at_which_the_interval_leaves_out_zero():
    differences = np.arange(-19, 1981) / 1000  # 20 of 2,000 at or below 0
    assert p_value(differences) == pytest.approx(2 * 21 / 2001)
    low_at = {share: np.percentile(differences, 100 * share / 2) for share in (0.018, 0.023)}
    assert low_at[0.018] < 0 < low_at[0.023]
    assert p_value(np.array([np.nan, np.nan])) == 1


def test_another_seed_alone_is_no_difference_however_sure_the_rows_are():
    """Seeds that differ by more than test rows can say: one a side looks like a gain, three a side know better."""
    noise = np.random.default_rng(0).normal(0, 0.001, 2000)
    seeds = np.array([0.60, 0.61, 0.62])[:, np.newaxis] + noise
    one_a_side = resampled_differences(seeds[:1], seeds[2:])
    assert interval(one_a_side)[0] == pytest.approx(0.02)
    others = np.array([0.61, 0.62, 0.63])[:, np.newaxis] + noise
    low, high = interval(resampled_differences(seeds, others))
    assert low < 0 < 0.01 < high
    low, _ = interval(resampled_differences(seeds, others + 0.1))
    assert low > 0


@pytest.mark.parametrize("seeds", [2, 3])
@pytest.mark.parametrize("of_seeds", [0.001, 0.003])
def test_false_alarms_of_equal_configurations_come_at_the_nominal_rate(monkeypatch, seeds, of_seeds):
    """Scores with noise of test rows (0.003) and of seeds, 600 times: without seeds up to a third would differ."""
    monkeypatch.setattr(bootstrap, "RESAMPLES", 500)
    random = np.random.default_rng(5)
    p_values = []
    for _ in range(600):
        sides = []
        for _ in range(2):
            of_rows = random.normal(0, 0.003) + random.normal(0, 0.003, 500)
            sides.append(0.6 + random.normal(0, of_seeds, (seeds, 1)) + of_rows)
        p_values.append(p_value(resampled_differences(*sides)))
    # 600 draws: 30 expected at 5 %, 6 at the 1 % that a correction for several asks for; so 99 of 100 such tests find
    assert 14 <= sum(p <= 0.05 for p in p_values) <= 48
    assert 1 <= sum(p <= 0.01 for p in p_values) <= 14


def test_holm_stops_at_the_first_that_stands():
    assert holm([0.01, 0.04, 0.03], 0.05) == [True, False, False]  # 0.01 <= 0.05 / 3; 0.03 > 0.05 / 2
    assert holm([0.01, 0.02, 0.024], 0.05) == [True, True, True]
