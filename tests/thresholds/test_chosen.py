import json

import numpy as np
import pytest

from emotions.errors import UserError
from emotions.metrics.platt import Calibration, SoftmaxCalibration
from emotions.metrics.problem import MULTI_LABEL, PROBLEMS, SINGLE_LABEL
from emotions.thresholds.chosen import Chosen, read_chosen


@pytest.fixture
def chosen() -> Chosen:
    return Chosen(
        problem=PROBLEMS[MULTI_LABEL],
        labels=["joy", "anger"],
        policy="global",
        calibration=Calibration(np.array([1.0, 0.8]), np.array([0.0, -0.1])),
        policies={"global": np.array([1 / 3, 1 / 3]), "per_label": np.array([0.1, 1.0000000000000002])},
    )


def test_every_digit_comes_back(chosen, tmp_path):
    chosen.write(tmp_path / "thresholds.json")
    again = read_chosen(tmp_path / "thresholds.json")
    assert (again.labels, again.policy) == (chosen.labels, chosen.policy)
    assert again.policies["per_label"].tolist() == [0.1, 1.0000000000000002]
    assert again.calibration.slope.tolist() == [1.0, 0.8]
    assert again.calibration.intercept.tolist() == [0.0, -0.1]


def test_the_own_policy_decides_unless_another_is_named(chosen):
    assert chosen.thresholds().tolist() == [1 / 3, 1 / 3]
    assert chosen.thresholds("per_label")[0] == 0.1
    with pytest.raises(UserError, match="--policy best: expected one of global, per_label"):
        chosen.thresholds("best")
    with pytest.raises(UserError, match="--policy : expected one of"):
        chosen.thresholds("")


def test_a_file_from_before_there_were_two_problems_is_multi_label(chosen, tmp_path):
    path = tmp_path / "thresholds.json"
    chosen.write(path)
    content = json.loads(path.read_text())
    assert content.pop("problem_type") == MULTI_LABEL
    path.write_text(json.dumps(content))
    assert read_chosen(path).problem is PROBLEMS[MULTI_LABEL]


def test_of_one_label_the_most_probable_is_decided_where_it_reaches_its_threshold(tmp_path):
    calibration = SoftmaxCalibration(np.array([2.0, 2.0]), np.zeros(2))
    policies = {"argmax": np.zeros(2), "fixed": np.array([0.9, 0.9])}
    Chosen(PROBLEMS[SINGLE_LABEL], ["joy", "anger"], "argmax", calibration, policies).write(
        tmp_path / "thresholds.json"
    )
    again = read_chosen(tmp_path / "thresholds.json")
    said = np.array([[0.6, 0.4], [0.2, 0.8]])  # calibrated 0.69 and 0.94
    assert again.decide(said).tolist() == [[1, 0], [0, 1]]
    assert again.decide(said, "fixed").tolist() == [[0, 0], [0, 1]]


def file(slope: object = 1, threshold: object = 0.5, policy: str = "global") -> str:
    content = {
        "labels": ["joy"],
        "policy": policy,
        "calibration": {"slope": {"joy": slope}, "intercept": {"joy": 0}},
        "policies": {"global": {"joy": threshold}},
    }
    return json.dumps(content)


def test_thresholds_of_other_labels_are_refused(chosen):
    chosen.refuse_other_labels(["joy", "anger"], "thresholds.json")
    for labels in (["anger", "joy"], ["joy"]):
        with pytest.raises(UserError, match="thresholds for the labels .*; found them for joy, anger: dvc repro"):
            chosen.refuse_other_labels(labels, "thresholds.json")


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '{"labels": ["joy"], "policy": "global", "policies": {"global": {}}}',
        file(slope=-1), file(slope=0), file(slope="x"), file(slope=float("nan")), file(slope=None),
        file(threshold=5), file(threshold=-0.1), file(threshold=float("nan")), file(threshold="x"), file(policy="best"),
    ],
)  # fmt: skip
def test_another_file_is_refused_in_a_sentence(tmp_path, text):
    (tmp_path / "thresholds.json").write_text(text)
    with pytest.raises(UserError, match=r"thresholds.json: expected the thresholds that this version writes"):
        read_chosen(tmp_path / "thresholds.json")


def test_without_a_file_the_way_to_one_is_named(tmp_path):
    with pytest.raises(UserError, match="expected the thresholds of a run; found none: dvc repro"):
        read_chosen(tmp_path / "thresholds.json")
