import numpy as np
import pytest
from sklearn.metrics import f1_score

from emotions.experiments import bootstrap
from emotions.experiments.bootstrap import interval, resampled_scores


@pytest.fixture
def split():
    random = np.random.default_rng(0)
    truth = (random.random((300, 4)) < 0.3).astype(np.uint8)
    flips = random.random(truth.shape) < 0.1
    return truth, truth ^ flips


def test_resamples_surround_the_score_of_all_rows(split):
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
        assert low < expected < high
        assert scores[row].mean() == pytest.approx(expected, abs=0.01)


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


def test_an_interval_leaves_out_the_outer_twentieth():
    assert interval(np.arange(1001)) == (25.0, 975.0)
