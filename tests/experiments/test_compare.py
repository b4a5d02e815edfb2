from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from emotions.errors import UserError
from emotions.experiments import bootstrap, compare
from emotions.experiments.bootstrap import draw, holm, interval, p_value, resampled_f1
from emotions.experiments.run import Run, refuse_other_rows
from emotions.inference.predictions import Predictions
from emotions.metrics.f1 import headline
from emotions.metrics.problem import MULTI_LABEL, PROBLEMS
from emotions.reporting.comparison import comparison_text, plain

LABELS = ["joy", "anger", "neutral"]
BETTER = "better beyond the noise of test rows; seeds unknown"


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
    found = compare.compare([a], [a], frequent_rows=1)
    assert {row["verdict"] for row in found["scores"]} == {"within the noise of test rows"}
    assert all(row["difference"] == row["low"] == row["high"] == 0 for row in found["scores"])
    assert found["labels"] == []
    assert found["params"] == {}


def test_a_planted_improvement_is_found_in_its_label_alone(truth):
    a = side("a", 1, 0.3, truth)
    better = a.test.probability.copy()
    better[:, 1] = truth[:, 1]
    b = replace(a, name="b", params={"train": {"seed": 2}}, test=replace(a.test, probability=better))
    found = compare.compare([a], [b], frequent_rows=1)
    assert {row["metric"]: row["verdict"] for row in found["scores"]}["macro_f1"] == BETTER
    assert [row["label"] for row in found["labels"]] == ["anger"]
    assert found["params"] == {"train.seed": [1, 2]}
    back = compare.compare([b], [a], frequent_rows=1)
    assert {row["metric"]: row["verdict"] for row in back["scores"]}["macro_f1"] == BETTER.replace("better", "worse")


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
    assert 1 <= family <= 19, "Holm's correction may cost power, not all of it"


def test_seeds_of_two_equal_configurations_are_within_noise(truth):
    """One seed of A and one of B may differ beyond the noise of rows; the configurations do not."""
    a = [side(f"a{seed}", seed, skill, truth) for seed, skill in ((1, 0.20), (2, 0.26), (3, 0.32))]
    b = [side(f"b{seed}", seed, skill, truth) for seed, skill in ((4, 0.22), (5, 0.27), (6, 0.33))]
    assert compare.compare([a[0]], [b[2]], frequent_rows=1)["scores"][0]["verdict"] == BETTER
    found = compare.compare(a, b, frequent_rows=1)
    assert {row["verdict"] for row in found["scores"]} == {"within noise"}
    assert (found["a"]["seeds"], found["b"]["seeds"]) == (3, 3)
    micro = found["scores"][0]
    every = truth.any(axis=0)
    assert micro["a"] == pytest.approx(np.mean([headline(truth, run.decided, every)["micro_f1"] for run in a]))
    text = comparison_text(found, plain)
    assert "A is a1, a2, a3 (fixed, 3 seeds)" in text
    assert "seeds unknown" not in text

    far = [side(f"c{seed}", seed, skill, truth) for seed, skill in ((7, 0.52), (8, 0.57), (9, 0.60))]
    assert {row["verdict"] for row in compare.compare(a, far, frequent_rows=1)["scores"]} == {"better"}


def test_a_label_on_every_test_row_does_not_move_the_interval_off_its_point(truth):
    """It has no average precision: neither the point nor the resamples count it."""
    everywhere = truth.copy()
    everywhere[:, 2] = 1
    a, b = side("a", 1, 0.4, everywhere), side("b", 2, 0.1, everywhere)
    row = compare.compare([a], [b], frequent_rows=1)["scores"][3]
    assert row["metric"] == "mean_average_precision"
    assert row["low"] < row["difference"] < row["high"] < -0.2


def test_one_row_a_label_keeps_the_point_inside_its_interval():
    """A finds nothing, B finds all: macro-F1 rises from 0 to 1, in each resample that has any label."""
    rare = np.zeros((60, 3), dtype=np.uint8)
    rare[[0, 1, 2], [0, 1, 2]] = 1
    a, b = side("a", 1, 0.0, rare), side("b", 2, 1.0, rare)
    nothing = replace(a, test=replace(a.test, probability=np.zeros(rare.shape)))
    found = compare.compare([nothing], [b], frequent_rows=2)
    micro, macro, frequent, _ = found["scores"]
    for row in (micro, macro):
        assert (row["difference"], row["low"], row["high"]) == (1, 1, 1)
        assert row["verdict"] == BETTER
    assert frequent["verdict"] == "not defined", "no label has two rows"
    assert 1500 < found["resamples_without_a_label"] < 2000
    assert "resamples drew no row of some label" in comparison_text(found, plain)
    assert "–" in comparison_text(found, plain)


def test_a_label_without_test_rows_is_neither_averaged_nor_tested(truth):
    missing = np.column_stack([truth[:, :2], np.zeros(len(truth), dtype=np.uint8)])
    a, b = side("a", 1, 0.3, missing), side("b", 2, 0.3, missing)
    found = compare.compare([a], [b], frequent_rows=1)
    assert found["labels_tested"] == 2
    macro = found["scores"][1]
    assert macro["a"] == pytest.approx(f1_score(missing[:, :2], a.decided[:, :2], average="macro"))
    assert macro["low"] < macro["difference"] < macro["high"]


def test_more_labels_than_resamples_can_test_are_not_tested(truth, monkeypatch):
    a = side("a", 1, 0.3, truth)
    b = replace(a, name="b", test=replace(a.test, probability=truth.astype(float)))
    assert compare.compare([a], [b], frequent_rows=1)["labels_tested"] == 3
    monkeypatch.setattr(bootstrap, "RESAMPLES", 100)  # enough for two: 2 / 101 is above 0.05 / 3
    found = compare.compare([a], [b], frequent_rows=1)
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
