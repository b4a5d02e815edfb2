"""Tables of records of one label a row, made of figures that a person can count."""

from dataclasses import replace

import pandas as pd
import pytest

from emotions.metrics.problem import PROBLEMS, SINGLE_LABEL
from emotions.reporting.one_label import REJECTING, accuracy_table, coverage_table, kinds_table, of_one_label
from tests.records import record


def seed(accuracy: float):
    """Return a record of two labels on 10 and 30 training rows; a threshold answers half of the rows, all right."""
    scores = {"micro_f1": accuracy, "macro_f1": 0.5, "subset_accuracy": accuracy, "accuracy": accuracy}
    answered = {
        policy: scores | {"coverage": coverage, "accuracy_of_answered": right, "macro_f1_of_answered": right}
        for policy, coverage, right in zip(REJECTING, (1, 0.8, 0.5, 0.5), (accuracy, 0.9, 1, 1), strict=True)
    }
    metrics = {
        "policy": "argmax",
        "validation": {"accuracy": 0.7, "mean_average_precision": 0.7},
        "test": {"policies": answered, "rows": 8, "top_3_accuracy": 1.0, "mean_average_precision": 0.8},
        "expected_calibration_error": {"none": 0.1, "temperature": 0.05},
    }
    labels = pd.DataFrame({"label": ["a", "b"], "train_rows": [10, 30], "test_rows": [2, 6]})
    return replace(
        record(0.7), metrics=metrics, labels=labels, source="bank", problem=PROBLEMS[SINGLE_LABEL], checkpoint="MiniLM"
    )


@pytest.fixture
def seeds():
    return {"bank-seed-1": seed(0.80), "bank-seed-2": seed(0.90)}


def cells(table: str, begins: str) -> list[str]:
    (line,) = [line for line in table.splitlines() if line.startswith(f"| {begins}")]
    return [cell.strip() for cell in line.strip("| ").split("|")]


def test_records_of_one_label_a_row_stand_by_configuration(seeds):
    assert of_one_label({"other": record(0.5)} | seeds) == {"bank": seeds}


def test_accuracy_is_told_against_its_goal(seeds):
    row = cells(accuracy_table({"bank": seeds}, {"bank": 0.86}), "bank")
    assert row[:7] == ["bank (MiniLM)", "2", "70.00 ± 0.00", "85.00 ± 7.07", "86.00", "-1.00", "50.00 ± 0.00"]
    assert cells(accuracy_table({"bank": seeds}, {}), "bank")[4:6] == ["–", "–"]


def test_thresholds_trade_answers_for_accuracy(seeds):
    table = coverage_table(list(seeds.values()))
    assert cells(table, "none: the most probable label")[1] == "100.00 ± 0.00"
    assert cells(table, "fixed 0.5")[1:3] == ["50.00 ± 0.00", "100.00 ± 0.00"]


def test_the_two_kinds_stand_side_by_side(seeds):
    many = replace(
        record(0.6),
        labels=pd.DataFrame({"train_rows": [100, 1], "test_rows": [9, 3]}),
        metrics={
            "test": {
                "policies": {"shrunk": {"micro_f1": 0.6, "macro_f1": 0.5, "subset_accuracy": 0.4}},
                "rows": 10,
                "mean_average_precision": 0.5,
            }
        },
    )
    table = kinds_table(list(seeds.values()), [many], "shrunk")
    assert cells(table, "labels a test row") == ["labels a test row", "1.00", "1.20"]
    assert cells(table, "training rows")[1:] == ["3 to 1", "100 to 1"]
    assert cells(table, "rows with all labels right")[1:] == ["85.00 ± 7.07", "40.00"]
