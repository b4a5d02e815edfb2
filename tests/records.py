"""A record made by hand, for tests of what is made of records."""

import numpy as np
import pandas as pd

from emotions.experiments.recorded import Record
from emotions.metrics.problem import MULTI_LABEL, PROBLEMS
from emotions.reporting.leaderboard import POLICIES


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
