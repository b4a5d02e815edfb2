"""How far a score would move with other rows: the bootstrap over the rows of a split."""

import numpy as np

from emotions.metrics.f1 import f1

RESAMPLES = 2000
SEED = 42  # the same resamples for every run on the same rows, so that two runs can be paired
SCORES = ("micro_f1", "macro_f1", "macro_f1_frequent")


def draw(rows: int) -> np.ndarray:
    """Return how often each row stands in each resample, (RESAMPLES, rows) float32.

    A resample draws as many rows as there are, with replacement (Efron & Tibshirani 1993, chapter 13).
    """
    random = np.random.default_rng(SEED)
    drawn = [np.bincount(random.integers(rows, size=rows), minlength=rows) for _ in range(RESAMPLES)]
    return np.array(drawn, dtype=np.float32)  # counts below 2^24, exact


def resampled_f1(weights: np.ndarray, truth: np.ndarray, decided: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return micro-F1 (resamples,) and F1 by label (resamples, labels); truth and decided are (rows, labels)."""
    hits, predicted, support = (weights @ counted.astype(np.float32) for counted in (truth & decided, decided, truth))
    micro = f1(hits.sum(axis=1), predicted.sum(axis=1), support.sum(axis=1))
    return micro, f1(hits, predicted, support)


def averaged(micro: np.ndarray, by_label: np.ndarray, frequent: np.ndarray) -> dict[str, np.ndarray]:
    """Return SCORES by name, (resamples,) each, from what `resampled_f1` returns; the last is 0 without any."""
    few = by_label[:, frequent].mean(axis=1) if frequent.any() else np.zeros(len(micro))
    return dict(zip(SCORES, (micro, by_label.mean(axis=1), few), strict=True))


def resampled_scores(truth: np.ndarray, decided: dict[str, np.ndarray], frequent: np.ndarray) -> dict[str, np.ndarray]:
    """Return, for each named set of decisions, SCORES in every resample: (scores, resamples) float32.

    truth and each decided are (rows, labels) of 0 and 1; `frequent` (labels,) are the labels of the last score.
    """
    weights = draw(len(truth))
    scores = {}
    for name, decisions in decided.items():
        averages = averaged(*resampled_f1(weights, truth, decisions), frequent)
        scores[name] = np.stack(list(averages.values())).astype(np.float32)
    return scores


def resampled_average_precision(weights: np.ndarray, truth: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Return the mean average precision in every resample, (resamples,), over labels that some row carries.

    A label's average precision is the mean of the precision at each of its rows, from the most probable down. In a
    resample without the label it counts 0.
    """
    labels = np.flatnonzero(truth.any(axis=0))
    total = np.zeros(len(weights))
    for label in labels:
        order = np.argsort(-probability[:, label], kind="stable")
        carriers = np.flatnonzero(truth[order, label])
        drawn = weights[:, order]
        hits = drawn[:, carriers].cumsum(axis=1)
        # rows drawn from the top down to each carrier: sums between carriers, added up
        down_to = np.add.reduceat(drawn[:, : carriers[-1] + 1], np.append(0, carriers[:-1] + 1), axis=1).cumsum(axis=1)
        precision = hits / np.maximum(down_to, 1)
        total += (precision * drawn[:, carriers]).sum(axis=1) / np.maximum(hits[:, -1], 1)
    return total / len(labels)


def interval(resampled: np.ndarray) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile of resampled scores, or of differences of paired ones, (resamples,)."""
    low, high = np.percentile(resampled, (2.5, 97.5))
    return float(low), float(high)


def p_value(differences: np.ndarray) -> float:
    """Return how surprising differences, (resamples,), would be were there none: two-sided, at least 2 / resamples.

    Twice the smaller share of resamples on either side of 0, those at 0 counted on both (Davison & Hinkley 1997,
    section 4.2, with the one added that keeps it above 0).
    """
    sides = (differences <= 0).sum(), (differences >= 0).sum()
    return float(min(1, 2 * (min(sides) + 1) / (len(differences) + 1)))


def can_fall(hypotheses: int, level: float) -> bool:
    """Return whether RESAMPLES are enough for the smallest `p_value` to pass `holm` among so many hypotheses."""
    return level / hypotheses >= 2 / (RESAMPLES + 1)


def holm(p_values: list[float], level: float) -> list[bool]:
    """Return which of several hypotheses fall while any false one does so with at most `level` (Holm 1979)."""
    order = np.argsort(p_values)
    rejected = [False] * len(p_values)
    for place, index in enumerate(order):
        if p_values[index] > level / (len(p_values) - place):
            break
        rejected[index] = True
    return rejected
