"""How far a score would move with other rows: the bootstrap over the rows of a split."""

import numpy as np

from emotions.scores import f1

RESAMPLES = 2000
SEED = 42  # the same resamples for every run on the same rows, so that two runs can be paired
SCORES = ("micro_f1", "macro_f1", "macro_f1_frequent")


def resampled_scores(truth: np.ndarray, decided: dict[str, np.ndarray], frequent: np.ndarray) -> dict[str, np.ndarray]:
    """Return, for each named set of decisions, SCORES in RESAMPLES resamples of the rows: (scores, resamples) float32.

    truth and each decided are (rows, labels) of 0 and 1; `frequent` (labels,) are the labels of the last score. A
    resample draws as many rows as there are, with replacement (Efron & Tibshirani 1993, chapter 13).
    """
    random = np.random.default_rng(SEED)
    rows = len(truth)
    weights = np.stack([np.bincount(random.integers(rows, size=rows), minlength=rows) for _ in range(RESAMPLES)])
    weights = weights.astype(np.float32)  # counts below 2^24, exact
    carried = weights @ truth.astype(np.float32)
    scores = {}
    for name, decisions in decided.items():
        hits, predicted = (weights @ counted.astype(np.float32) for counted in (truth & decisions, decisions))
        by_label = f1(hits, predicted, carried)
        micro = f1(hits.sum(axis=1), predicted.sum(axis=1), carried.sum(axis=1))
        few = by_label[:, frequent].mean(axis=1) if frequent.any() else np.zeros(RESAMPLES)
        scores[name] = np.stack([micro, by_label.mean(axis=1), few]).astype(np.float32)
    return scores


def interval(resampled: np.ndarray) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile of resampled scores, or of differences of paired ones, (resamples,)."""
    low, high = np.percentile(resampled, (2.5, 97.5))
    return float(low), float(high)
