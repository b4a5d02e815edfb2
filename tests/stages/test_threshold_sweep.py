import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.special import expit, logit
from sklearn.metrics import f1_score

from emotions.inference.predictions import Predictions, load_predictions, save_predictions
from emotions.metrics.decisions import decide
from emotions.thresholds.chosen import read_chosen
from stages import plot, threshold_sweep


def shuffle_test_truth(project):
    path = project / "data/predictions/test.npz"
    made = load_predictions(path)
    truth = np.random.default_rng(0).permutation(made.truth)
    assert (truth != made.truth).any()
    save_predictions(path, dataclasses.replace(made, truth=truth))


def swept_with(project, **changed):
    params = yaml.safe_load((project / "params.yaml").read_text())
    params["threshold_sweep"] |= changed
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    threshold_sweep.main()


def test_sweep_never_looks_at_test_to_choose(project_copy):
    thresholds = project_copy / "data/model/thresholds.json"
    before = thresholds.read_text()
    scores_before = (project_copy / "metrics/threshold_sweep.json").read_text()
    shuffle_test_truth(project_copy)
    threshold_sweep.main()
    assert thresholds.read_text() == before
    assert (project_copy / "metrics/threshold_sweep.json").read_text() != scores_before


def test_the_leak_is_in_the_metrics_and_never_in_the_thresholds(tiny_project):
    metrics = json.loads((tiny_project / "metrics/threshold_sweep.json").read_text())
    thresholds = json.loads((tiny_project / "data/model/thresholds.json").read_text())
    assert set(metrics["test_macro_f1"]) - set(thresholds["policies"]) == {"per_label_tuned_on_test_leak"}
    assert set(metrics["held_out_macro_f1"]) == set(thresholds["policies"])
    assert thresholds["policy"] == metrics["policy"]


def test_metrics_follow_from_thresholds_and_predictions(tiny_project):
    made = load_predictions(tiny_project / "data/predictions/test.npz")
    thresholds = json.loads((tiny_project / "data/model/thresholds.json").read_text())
    metrics = json.loads((tiny_project / "metrics/threshold_sweep.json").read_text())
    table = pd.read_csv(tiny_project / "plots/policies.csv").set_index("policy")
    for policy, by_label in thresholds["policies"].items():
        decided = made.probability >= [by_label[label] for label in made.labels.tolist()]
        expected = f1_score(made.truth, decided, average="macro", zero_division=0)
        assert metrics["test_macro_f1"][policy] == pytest.approx(expected, abs=1e-6)
        assert table.loc[policy, "test_macro_f1"] == pytest.approx(expected, abs=1e-6)
    assert metrics["test"]["macro_f1"] == metrics["test_macro_f1"][metrics["policy"]]


def test_a_temperature_moves_probabilities_thresholds_and_the_predictor_alike(project_copy):
    """A temperature for all keeps the order of rows, so the decisions of exact thresholds stay."""
    made = load_predictions(project_copy / "data/predictions/test.npz")
    hot = read_chosen(project_copy / "data/model/thresholds.json")
    swept_with(project_copy, calibration="temperature")
    cool = read_chosen(project_copy / "data/model/thresholds.json")
    assert set(hot.calibration.slope) == {1.0}
    (slope,) = set(cool.calibration.slope)
    assert slope != 1.0
    before = decide(made.probability, hot.policies["per_label"])
    after = decide(expit(logit(made.probability) * slope), cool.policies["per_label"])
    assert (before == after).mean() > 0.9
    metrics = json.loads((project_copy / "metrics/threshold_sweep.json").read_text())
    calibration_error = metrics["expected_calibration_error"]
    assert calibration_error["before"] != calibration_error["after"]


def test_platt_undoes_a_shift_and_predict_gets_what_it_needs(project_copy):
    """Log-odds that lean to the truth, all of them three too high: too high a pooled error for any temperature."""
    for split in ("validation", "test"):
        path = project_copy / f"data/predictions/{split}.npz"
        random = np.random.default_rng(3)
        truth = (random.random((400, 3)) < 0.3).astype(np.uint8)
        probability = expit(2 * truth - 1.5 + random.normal(0, 1, truth.shape) + 3).astype(np.float32)
        ids = np.arange(400).astype("U3")
        save_predictions(path, Predictions(truth, probability, ids, np.array(["joy", "anger", "neutral"])))
    errors = {}
    for kind in ("temperature", "platt", "platt_per_label"):
        swept_with(project_copy, calibration=kind)
        found = json.loads((project_copy / "metrics/threshold_sweep.json").read_text())
        errors[kind] = found["expected_calibration_error"]["after"]
    assert errors["temperature"] > 0.1
    assert errors["platt"] < 0.03
    assert errors["platt_per_label"] < 0.04
    chosen = read_chosen(project_copy / "data/model/thresholds.json")
    assert (chosen.calibration.intercept < -1).all()
    test = load_predictions(project_copy / "data/predictions/test.npz")
    decided = decide(chosen.calibration.apply(test.probability), chosen.thresholds())
    assert f1_score(test.truth, decided, average="macro") == pytest.approx(found["test"]["macro_f1"], abs=1e-6)


def test_the_curve_has_both_splits_side_by_side(tiny_project):
    curve = pd.read_csv(tiny_project / "plots/threshold_curve.csv")
    assert len(curve) == 91
    made = load_predictions(tiny_project / "data/predictions/test.npz")
    half = curve[curve["threshold"] == 0.5].iloc[0]
    expected = f1_score(made.truth, made.probability >= 0.5, average="micro", zero_division=0)
    assert half["test_micro_f1"] == pytest.approx(expected, abs=1e-6)


def test_a_label_without_validation_rows_is_counted(project_copy):
    path = project_copy / "data/predictions/validation.npz"
    made = load_predictions(path)
    truth = made.truth.copy()
    truth[:, 2] = 0
    save_predictions(path, dataclasses.replace(made, truth=truth))
    threshold_sweep.main()
    metrics = json.loads((project_copy / "metrics/threshold_sweep.json").read_text())
    policies = json.loads((project_copy / "data/model/thresholds.json").read_text())["policies"]
    assert metrics["labels_without_validation_rows"] == 1
    assert metrics["undefined"]["validation.macro_f1"] == "leaves out 1 of 3 labels, which no validation row carries"
    assert policies["per_label"]["neutral"] == policies["global"]["neutral"] == metrics["global_threshold"]


def test_scores_that_are_not_defined_are_null_and_no_tier_is_given(project_copy):
    path = project_copy / "data/predictions/test.npz"
    made = load_predictions(path)
    truth = made.truth.copy()
    truth[:, 2] = 0
    save_predictions(path, dataclasses.replace(made, truth=truth))
    params = yaml.safe_load((project_copy / "params.yaml").read_text())
    params["scores"]["frequent_rows"] = 100
    (project_copy / "params.yaml").write_text(yaml.safe_dump(params))
    threshold_sweep.main()
    metrics = json.loads((project_copy / "metrics/threshold_sweep.json").read_text())
    assert metrics["test"]["macro_f1_frequent"] is None
    assert metrics["undefined"]["test.macro_f1_frequent"] == "no label has 100 test rows"
    table = pd.read_csv(project_copy / "plots/per_emotion.csv").set_index("label")
    assert table.loc["neutral", "tier"] == "undefined"
    assert np.isnan(table.loc["neutral", "f1"])
    fixed = decide(made.probability, 0.5)[:, :2]
    assert metrics["test_macro_f1"]["fixed"] == pytest.approx(
        f1_score(truth[:, :2], fixed, average="macro", zero_division=0), abs=1e-6
    )
    plot.main()
