"""From probabilities to decisions: thresholds chosen by F1 or precision, always with `probability >= threshold`."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from emotions.scores import f1

GRID = np.arange(5, 96) / 100  # 0.05 to 0.95, the range of the curve
CUTS = 128  # of one label, between which resamples are told apart
NEVER = float(np.nextafter(1, 2))  # no probability reaches it


def counts_at(truth: np.ndarray, probability: np.ndarray, thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return hits and predictions, both (thresholds, labels), for each of the ascending thresholds for every label."""
    hits = np.empty((len(thresholds), truth.shape[1]), dtype=np.int64)
    predicted = np.empty_like(hits)
    for label in range(truth.shape[1]):
        reached = np.searchsorted(thresholds, probability[:, label], side="right")  # how many thresholds decide 1
        for counts, rows in ((predicted, reached), (hits, reached[truth[:, label] == 1])):
            counts[:, label] = reaching(np.bincount(rows, minlength=len(thresholds) + 1))
    return hits, predicted


def reaching(exactly: np.ndarray) -> np.ndarray:
    """Return, for thresholds 1 to n, how many reach it, from (..., n + 1) counts of those that reach exactly 0 to n."""
    return exactly[..., :0:-1].cumsum(axis=-1)[..., ::-1]


def f1_curve(truth: np.ndarray, probability: np.ndarray) -> pd.DataFrame:
    """Return micro-F1, macro-F1 and predictions per row with one threshold for all labels, for each of GRID."""
    hits, predicted = counts_at(truth, probability, GRID)
    carried = truth.sum(axis=0, dtype=np.int64)
    return pd.DataFrame(
        {
            "threshold": GRID,
            "micro_f1": f1(hits.sum(axis=1), predicted.sum(axis=1), carried.sum()),
            "macro_f1": f1(hits, predicted, carried).mean(axis=1),
            "predictions_per_row": predicted.sum(axis=1) / len(truth),
        }
    )


def global_threshold(curve: pd.DataFrame, objective: str) -> float:
    """Return the threshold of the curve with the highest objective, the lowest such where several tie."""
    return float(curve["threshold"][curve[objective].idxmax()])


class Cuts(NamedTuple):
    """Where one label's rows can be cut in two, below each row that carries it, ascending; arrays are (cuts,).

    Any other cut predicts more and hits no more. A threshold lies midway to the next lower probability.
    """

    threshold: np.ndarray
    hits: np.ndarray
    predicted: np.ndarray


def cuts(truth: np.ndarray, probability: np.ndarray) -> Cuts:
    """Return the cuts of one label; both arrays are (rows,). There are as many as rows that carry the label."""
    everyone, carriers = np.sort(probability), np.sort(probability[truth == 1])
    above = np.searchsorted(everyone, carriers, side="left")
    below = np.where(above > 0, everyone[above - 1], 0.0)  # the next lower probability
    hits = len(carriers) - np.searchsorted(carriers, carriers, side="left")
    return Cuts((carriers + below) / 2, hits, len(everyone) - above)


def best_threshold(of: Cuts) -> float:
    """Return the threshold with the highest F1, of a label that some row carries; the lowest of several that tie."""
    return float(of.threshold[f1(of.hits, of.predicted, len(of.hits)).argmax()])


def precise_threshold(of: Cuts, least: float) -> float:
    """Return the lowest of the cuts at which at least a share `least` of the predictions hold; NEVER without one."""
    good = np.flatnonzero(of.hits >= least * of.predicted)
    return float(of.threshold[good[0]]) if len(good) else NEVER


def averaged_threshold(
    truth: np.ndarray, probability: np.ndarray, resamples: int, random: np.random.Generator
) -> float:
    """Return the mean, in log-odds, of the thresholds with the highest F1 in resamples of the rows of one label.

    A Poisson bootstrap (each row counts Poisson(1) times) over at most CUTS cuts, quantiles of the rows that carry
    the label, as some row must. A resample without such rows is left out; NaN without any other.
    """
    edges = np.unique(np.quantile(probability[truth == 1], np.linspace(0, 1, CUTS), method="lower"))
    reached = np.searchsorted(edges, probability, side="right")
    of_carriers, of_others = (
        random.poisson(np.bincount(reached[truth == value], minlength=len(edges) + 1), (resamples, len(edges) + 1))
        for value in (1, 0)
    )
    hits = reaching(of_carriers)
    carried = of_carriers.sum(axis=1, keepdims=True)
    best = f1(hits, hits + reaching(of_others), carried).argmax(axis=1)[carried[:, 0] > 0]
    return float(expit(log_odds(edges[best]).mean())) if len(best) else math.nan


def log_odds(probability: np.ndarray | float) -> np.ndarray:
    """Return log(p / (1 - p)), finite for 0 and 1 too."""
    return logit(np.clip(probability, 1e-6, 1 - 1e-6))


def shrunk(thresholds: np.ndarray, towards: float, rows: np.ndarray, strength: float) -> np.ndarray:
    """Return (labels,) thresholds moved in log-odds towards one for all, those of few rows most.

    A label that `rows` rows carry keeps rows / (rows + strength) of its own: half of it at `strength` rows.
    """
    own = rows / (rows + strength)
    return expit(own * log_odds(thresholds) + (1 - own) * log_odds(towards))
