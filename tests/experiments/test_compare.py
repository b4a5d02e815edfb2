from dataclasses import replace

import numpy as np
import pytest

from emotions.errors import UserError
from emotions.experiments import bootstrap, compare
from emotions.experiments.bootstrap import draw, holm, interval, p_value, resampled_average_precision, resampled_f1
from emotions.experiments.run import Run, refuse_other_rows
from emotions.inference.predictions import Predictions
from emotions.metrics.problem import MULTI_LABEL, PROBLEMS
from emotions.metrics.ranking import ranking_scores
from emotions.reporting.comparison import comparison_text, plain

LABELS = ["joy", "anger", "neutral"]


def side(name: str, seed: int, skill: float, truth: np.ndarray) -> Run:
    """A run whose probabilities lean to the truth by its skill."""
    random = np.random.default_rng(seed)
    probability = np.clip(skill * truth + (1 - skill) * random.random(truth.shape), 0, 1)
    ids = np.array([f"c{row}" for row in range(len(truth))])
    made = Predictions(truth, probability, ids, np.array(LABELS))
    params = {"train": {"seed": seed}}
    return Run(name, "fixed", params, PROBLEMS[MULTI_LABEL], {}, {"fixed": np.full(3, 0.5)}, made, made)


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    labels = (np.random.default_rng(0).random((600, 3)) < (0.4, 0.3, 0.2)).astype(np.uint8)
    labels[0] = 1
    return labels


def test_a_run_against_itself_is_within_noise(truth):
    a = side("a", 1, 0.3, truth)
    found = compare.compare(a, a, frequent_rows=1)
    assert {row["verdict"] for row in found["scores"]} == {"within noise"}
    assert all(row["difference"] == row["low"] == row["high"] == 0 for row in found["scores"])
    assert found["labels"] == []
    assert found["params"] == {}


def test_a_planted_improvement_is_found_in_its_label_alone(truth):
    a = side("a", 1, 0.3, truth)
    better = a.test.probability.copy()
    better[:, 1] = truth[:, 1]
    b = replace(a, name="b", params={"train": {"seed": 2}}, test=replace(a.test, probability=better))
    found = compare.compare(a, b, frequent_rows=1)
    assert {row["metric"]: row["verdict"] for row in found["scores"]}["macro_f1"] == "better"
    assert [row["label"] for row in found["labels"]] == ["anger"]
    assert found["params"] == {"train.seed": [1, 2]}
    back = compare.compare(b, a, frequent_rows=1)
    assert {row["metric"]: row["verdict"] for row in back["scores"]}["macro_f1"] == "worse"


def test_false_alarms_come_at_the_nominal_rate(monkeypatch):
    """Two runs of equal skill on fresh test rows, 200 times: about one in twenty differs beyond its interval."""
    monkeypatch.setattr(bootstrap, "RESAMPLES", 400)
    weights = draw(300)
    random = np.random.default_rng(7)
    alarms = family = 0
    for trial in range(200):
        truth = (random.random((300, 3)) < (0.4, 0.3, 0.2)).astype(np.uint8)
        (_, a), (_, b) = (
            resampled_f1(weights, truth, side("", 1000 + 2 * trial + which, 0.3, truth).decided) for which in (0, 1)
        )
        low, high = interval((b - a).mean(axis=1))
        alarms += low > 0 or high < 0
        family += any(holm([p_value(of_label) for of_label in (b - a).T], 0.05))
    # 200 draws at 5 %: 10 expected, 3 to 19 in 99 of 100 such tests
    assert 3 <= alarms <= 19
    assert family <= 19


def test_average_precision_in_resamples_is_that_of_the_rows_drawn(truth, monkeypatch):
    monkeypatch.setattr(bootstrap, "RESAMPLES", 5)
    probability = side("a", 1, 0.3, truth).test.probability
    found = resampled_average_precision(draw(600), truth, probability)
    random = np.random.default_rng(bootstrap.SEED)
    for value in found:
        rows = random.integers(600, size=600)
        expected = ranking_scores(truth[rows], probability[rows])["mean_average_precision"]
        assert value == pytest.approx(expected, abs=2e-3), "equal but for rows drawn twice, which tie"


def test_holm_stops_at_the_first_that_stands():
    assert holm([0.01, 0.04, 0.03], 0.05) == [True, False, False]  # 0.01 <= 0.05 / 3; 0.03 > 0.05 / 2
    assert holm([0.01, 0.02, 0.024], 0.05) == [True, True, True]


def test_more_labels_than_resamples_can_test_are_not_tested(truth, monkeypatch):
    a = side("a", 1, 0.3, truth)
    b = replace(a, name="b", test=replace(a.test, probability=truth.astype(float)))
    assert compare.compare(a, b, frequent_rows=1)["labels_tested"] == 3
    monkeypatch.setattr(bootstrap, "RESAMPLES", 100)  # enough for two: 2 / 101 is above 0.05 / 3
    found = compare.compare(a, b, frequent_rows=1)
    assert (found["labels_tested"], found["labels"]) == (0, [])
    assert "Single labels were not tested" in comparison_text(found, plain)


def test_other_rows_are_refused(truth):
    a = side("a", 1, 0.3, truth)
    with pytest.raises(UserError, match=r"different test comments \(600 and 599"):
        refuse_other_rows(a, side("b", 1, 0.3, truth[:-1]))
    changed = truth.copy()
    changed[5, 0] ^= 1
    with pytest.raises(UserError, match="other labels of them"):
        refuse_other_rows(a, side("b", 1, 0.3, changed))
