"""How good decisions are; truth and decided are (rows, labels) of 0 and 1, truth always first."""

from typing import Annotated

import numpy as np
from pydantic import Field

from emotions.params import Count, Section

CONVENTIONAL_THRESHOLD = 0.5


class ScoresParams(Section):
    frequent_rows: Count
    calibration_bins: Annotated[int, Field(ge=2)]


def decide(probability: np.ndarray, thresholds: np.ndarray | float) -> np.ndarray:
    """Return 1 where the probability is at least the threshold (`>=`, everywhere), else 0."""
    return (probability >= thresholds).astype(np.uint8)


def frequent_labels(truth: np.ndarray, rows: int) -> np.ndarray:
    """Return (labels,) of bool: which labels at least `rows` rows carry."""
    return truth.sum(axis=0) >= rows


def f1(hits: np.ndarray, predicted: np.ndarray, carried: np.ndarray) -> np.ndarray:
    """Return F1 from counts of rows, 2 hits / (predicted + carried); 0 where a label is neither predicted nor carried.

    Arrays of any shapes that broadcast. Equal to scikit-learn's f1_score, which checks and converts its input each
    time: on 54,000 rows the sweep's scores took twenty times as long.
    """
    return 2 * hits / np.maximum(predicted + carried, 1)


def counts(truth: np.ndarray, decided: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how often each label was hit, predicted and carried, (labels,) each."""
    return tuple(np.count_nonzero(rows, axis=0) for rows in (truth & decided, decided, truth))


def f1_scores(truth: np.ndarray, decided: np.ndarray) -> dict[str, float]:
    """Return micro-F1 and macro-F1; a label never predicted has F1 0."""
    everything = headline(truth, decided, np.zeros(truth.shape[1], dtype=bool))
    return {name: everything[name] for name in ("micro_f1", "macro_f1")}


def headline(truth: np.ndarray, decided: np.ndarray, frequent: np.ndarray) -> dict[str, float]:
    """Return the F1 scores with macro-F1 over the frequent labels, 0 where `frequent` (labels,) names none."""
    counted = counts(truth, decided)
    by_label = f1(*counted)
    return {
        "micro_f1": float(f1(*(count.sum() for count in counted))),
        "macro_f1": float(by_label.mean()),
        "macro_f1_frequent": float(by_label[frequent].mean()) if frequent.any() else 0.0,
    }
