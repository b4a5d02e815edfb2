"""How far a score would move with other rows and other seeds: the bootstrap over the rows of a split and over seeds."""

import numpy as np
from scipy.stats import norm, t

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
    """Return micro-F1 (resamples,) and F1 by label (resamples, labels); truth and decided are (rows, labels).

    A label is NaN in a resample that drew no row of it: there it has no F1. So is micro-F1 where no label has a row.
    """
    hits, predicted, support = (weights @ counted.astype(np.float32) for counted in (truth & decided, decided, truth))
    carried = support.sum(axis=1)
    micro = f1(hits.sum(axis=1), predicted.sum(axis=1), carried)
    return np.where(carried > 0, micro, np.nan), np.where(support > 0, f1(hits, predicted, support), np.nan)


def mean_of_defined(by_label: np.ndarray) -> np.ndarray:
    """Return each resample's mean over the labels that have a value there, (resamples,) from (resamples, labels).

    NaN where none has.
    """
    defined = ~np.isnan(by_label)
    total = np.where(defined, by_label, 0).sum(axis=1)
    return np.divide(total, defined.sum(axis=1), out=np.full(len(by_label), np.nan), where=defined.any(axis=1))


def averaged(micro: np.ndarray, by_label: np.ndarray, frequent: np.ndarray) -> dict[str, np.ndarray]:
    """Return SCORES by name, (resamples,) each, from what `resampled_f1` returns; NaN where a score is not defined."""
    means = mean_of_defined(by_label), mean_of_defined(by_label[:, frequent])
    return dict(zip(SCORES, (micro, *means), strict=True))


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
    """Return the mean average precision in every resample, (resamples,), as `ranking_scores` has it on all rows.

    It is over the labels that some rows carry and others do not; one of which a resample drew no row, or no other row,
    is left out there. A label's average precision is the mean, over its rows, of the precision among all rows that are
    at least as probable: rows of one probability are reached together, as in scikit-learn.
    """
    mixed = np.flatnonzero(truth.any(axis=0) & ~truth.all(axis=0))
    found = np.full((len(weights), len(mixed)), np.nan)
    for column, label in enumerate(mixed):
        order = np.argsort(-probability[:, label], kind="stable")
        ranked, carriers = probability[order, label], np.flatnonzero(truth[order, label])
        last_of_tie = len(ranked) - 1 - np.searchsorted(ranked[::-1], ranked[carriers], side="left")
        ends, first = np.unique(last_of_tie, return_index=True)  # ties without a carrier add nothing
        drawn = weights[:, order]
        hits = np.add.reduceat(drawn[:, carriers], first, axis=1)  # of each tie
        between = np.add.reduceat(drawn[:, : ends[-1] + 1], np.append(0, ends[:-1] + 1), axis=1)
        reached = between.cumsum(axis=1)
        total = hits.sum(axis=1)
        score = (hits * hits.cumsum(axis=1) / np.maximum(reached, 1)).sum(axis=1) / np.maximum(total, 1)
        found[:, column] = np.where((total > 0) & (total < len(truth)), score, np.nan)
    return mean_of_defined(found)


def seed_weights(seeds: int, random: np.random.Generator) -> np.ndarray:
    """Return what each seed weighs in each resample, (RESAMPLES, seeds).

    A resample draws one seed fewer than there are, with replacement; so the variance of the mean comes out unbiased,
    where drawing all of three would give two thirds of it (McCarthy & Snowden 1985). One seed alone always weighs 1:
    nothing is known of others.
    """
    if seeds == 1:
        return np.ones((RESAMPLES, 1))
    return random.multinomial(seeds - 1, np.full(seeds, 1 / seeds), size=RESAMPLES) / (seeds - 1)


def resampled_differences(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return after - before in every resample, (resamples,), of the mean score of two configurations' seeds.

    Both are (seeds, resamples), of the same rows. With two seeds or more on each side, seeds are resampled as well as
    rows; a few seeds say little of how far others would stray, so each difference is spread as Student's t is wider
    than the normal distribution at its place, with Welch's degrees of freedom, the rows counting as many. With one
    seed on a side rows alone are resampled.
    """
    if min(len(before), len(after)) == 1:
        return after.mean(axis=0) - before.mean(axis=0)
    random = np.random.default_rng(SEED)
    of_before, of_after = (np.einsum("rs,sr->r", seed_weights(len(side), random), side) for side in (before, after))
    differences = of_after - of_before
    of_seeds = [(np.nanmean(side, axis=1).var(ddof=1) / len(side), len(side) - 1) for side in (before, after)]
    uncertain = sum(variance**2 / freedom for variance, freedom in of_seeds)
    if uncertain == 0:
        return differences
    freedom = np.nanvar(differences) ** 2 / uncertain
    middle, deviation = np.nanmean(differences), np.nanstd(differences)
    normal = (differences - middle) / deviation
    return middle + deviation * np.sign(normal) * t.isf(norm.sf(np.abs(normal)), freedom)


def interval(resampled: np.ndarray) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile of resampled scores, or of differences of paired ones, (resamples,).

    Resamples in which the score is not defined (NaN) are left out; NaN where it is in none.
    """
    low, high = np.nanpercentile(resampled, (2.5, 97.5)) if not np.isnan(resampled).all() else (np.nan, np.nan)
    return float(low), float(high)


def p_value(differences: np.ndarray) -> float:
    """Return the smallest level at which the percentile interval of differences, (resamples,), would leave out 0.

    So it inverts an interval, two-sided; nothing was resampled as if there were no difference, as a permutation test
    does. It is twice the smaller share of resamples on either side of 0, those at 0 counted on both, with the one
    added that keeps it above 0 (Davison & Hinkley 1997, section 4.2). Resamples without a difference (NaN) are left
    out; 1 where there is no other.
    """
    known = differences[~np.isnan(differences)]
    sides = (known <= 0).sum(), (known >= 0).sum()
    return float(min(1, 2 * (min(sides) + 1) / (len(known) + 1)))


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
