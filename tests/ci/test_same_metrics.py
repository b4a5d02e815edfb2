"""What CI takes for the committed metrics."""

import runpy

import pytest

from tests.tiny import ROOT


@pytest.mark.parametrize(
    ("file", "name", "change", "passes"),
    [
        ("train", "train_loss", {"old": 0.30, "new": 0.34, "diff": 0.04}, True),
        ("train", "train_loss", {"old": 0.30, "new": 0.36, "diff": 0.06}, False),
        ("train", "train_loss", {"old": 0.004, "new": 0.0046, "diff": 0.0006}, True),
        ("train", "train_loss", {"old": 0.004, "new": 0.006, "diff": 0.002}, False),
        ("evaluate", "test.expected_calibration_error", {"old": 0.0105, "new": 0.02, "diff": 0.0095}, False),
        ("evaluate", "test.micro_f1", {"old": None, "new": 0.7}, False),
        ("prepare", "rows.train", {"old": 1219, "new": 1220, "diff": 1}, False),
        ("evaluate", "test.micro_f1", {"old": 0.7, "new": None}, False),
        ("evaluate", "test.micro_f1", {"old": 0.7, "new": float("nan"), "diff": float("nan")}, False),
        ("train", "precision", {"old": "bf16", "new": "fp32"}, True),
        ("threshold_sweep", "policy", {"old": "global", "new": "averaged"}, True),
    ],
)
def test_another_processor_may_round_but_nothing_may_be_missing(file, name, change, passes):
    differences = runpy.run_path(str(ROOT / ".ci/same_metrics.py"))["differences"]
    said = differences({f"metrics/{file}.json": {name: change}})
    assert bool(said) != passes, said
