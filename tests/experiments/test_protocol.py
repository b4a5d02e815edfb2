import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import f1_score

from emotions.data.corpus import Row
from emotions.data.targets import multi_hot
from emotions.experiments import protocol
from emotions.experiments.protocol import CALIBRATED_MICRO, MULTI, PROTOCOL, Report, build_report
from emotions.metrics.calibration import fit_calibration
from emotions.metrics.decisions import decide
from emotions.thresholds.policies import LEAK, sweep

NAMES = ["joy", "love", "anger", "neutral"]
GROUPS = pd.DataFrame({"label": NAMES, "mood": ["good", "good", "bad", "none"]})


@pytest.fixture(scope="module")
def said() -> tuple[dict, dict]:
    random = np.random.default_rng(0)
    rows, probability = {}, {}
    for split, count in (("train", 50), ("validation", 300), ("test", 300)):
        truth = (random.random((count, 4)) < 0.3).astype(int)
        truth[truth.sum(axis=1) == 0, 3] = 1
        rows[split] = [
            Row(f"{split} {number}", tuple(np.flatnonzero(labels)), f"{split}{number}")
            for number, labels in enumerate(truth)
        ]
        if split != "train":
            probability[split] = expit(2 * truth - 1.5 + random.normal(0, 1.5, truth.shape))
    rows["test"][7] = Row("Train 3!", rows["test"][7].labels, "test7")  # stands in train but for case and sign
    return rows, probability


@pytest.fixture(scope="module")
def report(said) -> Report:
    return build_report(*said, NAMES, GROUPS, frequent_rows=2, own=None, problem=MULTI)


def test_every_score_follows_from_thresholds_and_probabilities(said, report):
    rows, probability = said
    truth = multi_hot([row.labels for row in rows["test"]], 4)
    for name, thresholds in report.metrics["thresholds"].items():
        decided = probability["test"] >= [thresholds[label] for label in NAMES]
        scores = report.metrics["test"]["policies"][name]
        for average in ("micro", "macro", "weighted", "samples"):
            expected = f1_score(truth, decided, average=average, zero_division=0)
            assert scores[f"{average}_f1"] == pytest.approx(expected, abs=1e-6)
        low, high = report.metrics["intervals"][name]["macro_f1"]
        assert low < scores["macro_f1"] < high


def test_the_leak_is_on_test_alone(report):
    assert LEAK in report.metrics["test"]["policies"]
    assert LEAK not in report.metrics["validation"]["policies"]
    assert LEAK not in report.metrics["held_out"]
    assert report.metrics["policy"] in report.metrics["held_out"]


def test_comments_that_stand_in_train_are_left_out_of_unseen(report):
    assert (report.metrics["test"]["rows"], report.metrics["test_unseen"]["rows"]) == (300, 299)


def test_a_group_is_decided_by_its_most_probable_label(said, report):
    rows, probability = said
    truth = multi_hot([row.labels for row in rows["test"]], 4)[:, :2].max(axis=1)
    good = report.groups[report.groups["group"] == "good"].iloc[0]
    assert good["rows"] == truth.sum()
    assert good["fixed"] == pytest.approx(f1_score(truth, probability["test"][:, :2].max(axis=1) >= 0.5))
    macro = report.groups[report.groups["group"] == "macro"].iloc[0]
    assert macro["global"] == pytest.approx(report.groups["global"][:3].mean())


def test_choosing_never_looks_at_test(said, report):
    rows, probability = said
    other = {**rows, "test": rows["test"][::-1]}
    again = build_report(other, probability, NAMES, GROUPS, frequent_rows=2, own=None, problem=MULTI)
    for name, thresholds in report.metrics["thresholds"].items():
        assert (again.metrics["thresholds"][name] == thresholds) == (name != LEAK), name
    assert again.metrics["policy"] == report.metrics["policy"]


def test_confused_pairs_name_comments_of_test(said, report):
    ids = {row.id for row in said[0]["test"]}
    assert report.confused_pairs["examples"].str.len().min() > 0, "each pair names comments"
    assert all(id in ids for examples in report.confused_pairs["examples"] for id in examples.split())


def test_a_source_without_groups_has_an_empty_table(said):
    report = build_report(*said, NAMES, pd.DataFrame({"label": NAMES}), frequent_rows=2, own=None, problem=MULTI)
    assert report.groups.empty


def test_the_policy_for_micro_decides_as_the_sweep_does_by_calibration_and_one_threshold(said, report):
    rows, probability = said
    truth = {split: multi_hot([row.labels for row in rows[split]], 4) for split in probability}
    calibration = fit_calibration(truth["validation"], probability["validation"], "platt_per_label", MULTI)
    calibrated = {split: calibration.apply(values) for split, values in probability.items()}
    params = PROTOCOL.model_copy(update={"objective": "micro_f1"})
    one = sweep(truth["validation"], calibrated["validation"], params, MULTI, hold_out=False).policies["global"]
    thresholds = [report.metrics["thresholds"][CALIBRATED_MICRO][label] for label in NAMES]
    assert len(set(one)) == 1
    assert len(set(thresholds)) == 4
    for split, values in probability.items():
        assert (decide(values, thresholds) == decide(calibrated[split], one)).all()


def test_the_policy_for_micro_does_not_compete_by_macro(said, report, monkeypatch):
    monkeypatch.setattr(protocol, "held_out_micro", lambda *_: {"micro_f1": 1.0, "macro_f1": 1.0})
    again = build_report(*said, NAMES, GROUPS, frequent_rows=2, own=None, problem=MULTI)
    assert again.metrics["held_out"][CALIBRATED_MICRO]["macro_f1"] == 1
    assert again.metrics["policy"] == report.metrics["policy"]


def test_the_policy_for_micro_promises_less_of_rows_held_out(report):
    scores = report.metrics["validation"]["policies"][CALIBRATED_MICRO], report.metrics["held_out"][CALIBRATED_MICRO]
    assert scores[1]["micro_f1"] < scores[0]["micro_f1"], "equal, were it chosen on the rows that it is scored on"
