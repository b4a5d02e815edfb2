"""Records made without a commit, for tests of what is made of them."""

from pathlib import Path

import numpy as np
import pandas as pd

from emotions.experiments.record import keep
from emotions.experiments.recorded import Record
from emotions.experiments.sources import data_sha256
from emotions.inference.predictions import load_splits
from emotions.metrics.problem import MULTI_LABEL, PROBLEMS
from emotions.reporting.leaderboard import POLICIES
from emotions.thresholds.chosen import read_chosen


def keep_record(name: str) -> None:
    """Write results/NAME from the finished run in the current folder, and results/runs.yaml on its source."""
    comes_from = {"data_sha256": data_sha256("tiny"), "model_sha256": "0", "parameters": 1, "git_revision": "0"}
    said = {split: made.probability for split, made in load_splits(Path("data/predictions")).items()}
    own = read_chosen(Path("data/model/thresholds.json"))
    keep(name, Path("params.yaml").read_text(), said, comes_from, own, {"training": pd.read_csv("plots/training.csv")})
    Path("results/runs.yaml").write_text(
        "base: {data.source: tiny, scores.frequent_rows: 2}\nruns: {plain: {}}\nout_of_fold: {}\n"
    )


def record(
    ranking: float, macro: float = 0.5, resampled: float = 0.5, blend: bool = False, spread: float = 0.01
) -> Record:
    """Return a record with one macro-F1 everywhere, its resamples around another figure."""
    scores = {"micro_f1": 0.6, "macro_f1": macro, "macro_f1_frequent": 0.55}
    policies = dict.fromkeys(POLICIES, scores)
    around = np.linspace(resampled - spread, resampled + spread, 2000, dtype=np.float32)
    return Record(
        metrics={
            "policy": "global",
            "validation": {"mean_average_precision": ranking, "policies": policies},
            "test": {"policies": policies, "mean_average_precision": ranking},
            "intervals": {"global": {"macro_f1": [macro - 0.01, macro + 0.01]}},
            "expected_calibration_error": {"none": 0.01},
            "classwise_calibration_error": {"none": 0.02},
        },
        labels=pd.DataFrame(),
        groups=pd.DataFrame(),
        confused_pairs=pd.DataFrame(),
        threshold_curve=pd.DataFrame(),
        resampled={
            "shrunk": np.stack([around] * 3),
            "averaged": np.stack([around] * 3),
            "calibrated_micro": around[np.newaxis].copy(),
            "mean_average_precision": around[np.newaxis],
        },
        parameters=22_000_000,
        model_sha256=None,
        source="goemotions",
        problem=PROBLEMS[MULTI_LABEL],
        revision="0123456789abcdef",
        checkpoint="MiniLM",
        sweep={"objective": "macro_f1", "calibration": "platt_per_label"},
        made_of="blend: of two" if blend else "",
        training=None,
        examples=None,
    )
