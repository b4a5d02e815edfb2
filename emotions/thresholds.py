"""From probabilities to decisions: thresholds chosen by F1, always with `probability >= threshold`."""

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from emotions.params import Section
from emotions.progress import row_bar
from emotions.scores import f1

GRID = np.arange(5, 96) / 100  # 0.05 to 0.95, the range of the curve
LOWER_FIXED = 0.3  # what the GoEmotions paper (Demszky et al. 2020) scores at


class ThresholdSweepParams(Section):
    fixed: Annotated[float, Field(gt=0, lt=1)]
    objective: Literal["micro_f1", "macro_f1"]
    policy: Literal["fixed", "fixed_0_3", "global", "per_label"]


def counts_at(truth: np.ndarray, probability: np.ndarray, thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return hits and predictions, both (thresholds, labels), for each of the ascending thresholds for every label."""
    hits = np.empty((len(thresholds), truth.shape[1]), dtype=np.int64)
    predicted = np.empty_like(hits)
    for label in range(truth.shape[1]):
        reached = np.searchsorted(thresholds, probability[:, label], side="right")  # how many thresholds decide 1
        for counts, rows in ((predicted, reached), (hits, reached[truth[:, label] == 1])):
            exactly = np.bincount(rows, minlength=len(thresholds) + 1)
            counts[:, label] = exactly[:0:-1].cumsum()[::-1]
    return hits, predicted


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


def best_threshold(truth: np.ndarray, probability: np.ndarray) -> float:
    """Return the threshold with the highest F1 for one label; both arrays are (rows,), some row carries the label.

    Exact: every cut below a row that carries the label is tried, the threshold lies midway to the next lower
    probability. Where several cuts tie, the lowest wins: it predicts most.
    """
    everyone = np.sort(probability)
    carriers = np.sort(probability[truth == 1])  # where a cut can be best: any other predicts more and hits no more
    above = np.searchsorted(everyone, carriers, side="left")
    hits = len(carriers) - np.searchsorted(carriers, carriers, side="left")
    score = f1(hits, len(everyone) - above, len(carriers))
    best = np.argmax(score)
    below = everyone[above[best] - 1] if above[best] else 0.0  # the next lower probability
    return float((carriers[best] + below) / 2)


def per_label_thresholds(
    truth: np.ndarray, probability: np.ndarray, otherwise: float, progress: str | None = None
) -> np.ndarray:
    """Return (labels,) best thresholds; a label that no row carries gets `otherwise`: nothing can be chosen.

    `progress` is the title of a bar over the pairs of row and label; None shows none.
    """
    thresholds = np.full(truth.shape[1], otherwise)
    with row_bar(truth.size, progress, unit="pairs") as bar:
        for label in range(truth.shape[1]):
            if truth[:, label].any():
                thresholds[label] = best_threshold(truth[:, label], probability[:, label])
            bar.update(len(truth))
    return thresholds


def choose(
    truth: np.ndarray, probability: np.ndarray, params: ThresholdSweepParams, progress: str | None = None
) -> dict[str, np.ndarray]:
    """Return each policy's thresholds, (labels,) each, from one split alone: validation, for anything honest.

    `progress` is the title of a bar; None shows none.
    """
    one = global_threshold(f1_curve(truth, probability), params.objective)
    count = truth.shape[1]
    return {
        "fixed": np.full(count, params.fixed),
        "fixed_0_3": np.full(count, LOWER_FIXED),
        "global": np.full(count, one),
        "per_label": per_label_thresholds(truth, probability, otherwise=one, progress=progress),
    }
