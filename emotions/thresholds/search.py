"""From probabilities to decisions: thresholds chosen by F1 or precision, always with `probability >= threshold`."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from emotions.metrics.decisions import decide
from emotions.metrics.f1 import f1, macro_f1
from emotions.metrics.problem import Problem
from emotions.progress import row_bar
from emotions.thresholds.chosen import NEVER

GRID = np.arange(5, 96) / 100  # 0.05 to 0.95, the range of the curve
CUTS = 128  # of one label, between which resamples are told apart


@dataclass(frozen=True)
class Ranked:
    """One label's rows by rising probability: probability, truth (0 or 1) and row number, (rows,) each.

    Sorted once, every threshold's counts are a look-up, and so are those of a part of the rows.
    """

    probability: np.ndarray
    truth: np.ndarray
    row: np.ndarray

    @property
    def support(self) -> int:
        return int(np.count_nonzero(self.truth))

    def part(self, rows: np.ndarray) -> Self:
        """Return some of the rows, still ranked, from a mask over them in this order."""
        return Ranked(self.probability[rows], self.truth[rows], self.row[rows])

    def counts(self, thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return hits and predictions at each threshold, (thresholds,) each."""
        first = np.searchsorted(self.probability, thresholds, side="left")  # the lowest row that is predicted
        before = np.concatenate([[0], np.cumsum(self.truth, dtype=np.int64)])
        return before[-1] - before[first], len(self.probability) - first


def rank(truth: np.ndarray, probability: np.ndarray) -> Ranked:
    """Return one label's rows ranked; both arrays are (rows,)."""
    order = np.argsort(probability)  # not stable: among equals no order matters, and this one is twice as fast
    return Ranked(probability[order], truth[order], order)


def rank_labels(truth: np.ndarray, probability: np.ndarray, progress: str | None = None) -> Iterator[Ranked]:
    """Yield each label's rows ranked, one at a time: all of them take four times the memory of the probabilities.

    Both arrays are (rows, labels). `progress` is the title of a bar over the pairs of row and label; None shows none.
    """
    with row_bar(truth.size, progress, unit="pairs") as bar:
        for label in range(truth.shape[1]):
            yield rank(truth[:, label], probability[:, label])
            bar.update(len(truth))


def f1_curve(labels: Iterable[Ranked]) -> pd.DataFrame:
    """Return micro-F1, macro-F1 and predictions per row with one threshold for all labels, for each of GRID."""
    hits, predicted, support = [], [], []
    for ranked in labels:
        of_hits, of_predicted = ranked.counts(GRID)
        hits.append(of_hits)
        predicted.append(of_predicted)
        support.append(ranked.support)
        rows = len(ranked.row)
    return curve(np.stack(hits, axis=1), np.stack(predicted, axis=1), np.array(support), rows)


def reject_curve(truth: np.ndarray, candidates: np.ndarray, problem: Problem) -> pd.DataFrame:
    """Return the problem's own scores of decisions with one threshold for all labels, for each of GRID in its order.

    Both arrays are (rows, labels).
    """
    return pd.DataFrame([problem.scores(truth, decide(candidates, threshold)) for threshold in GRID])


def side_by_side(curves: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the F1 curves of splits as one table, columns named `<split>_<score>`, over one threshold column."""
    tables = [of.set_index("threshold").add_prefix(f"{split}_") for split, of in curves.items()]
    return pd.concat(tables, axis=1).reset_index()


def by_label(values: np.ndarray, labels: list[str]) -> dict[str, float]:
    """Return (labels,) thresholds by the names of their labels."""
    return dict(zip(labels, values.tolist(), strict=True))


def curve(hits: np.ndarray, predicted: np.ndarray, support: np.ndarray, rows: int) -> pd.DataFrame:
    """Return the F1 curve from counts at GRID, (thresholds, labels), and the rows that carry each label, (labels,)."""
    return pd.DataFrame(
        {
            "threshold": GRID,
            "micro_f1": f1(hits.sum(axis=1), predicted.sum(axis=1), support.sum()),
            "macro_f1": macro_f1(f1(hits, predicted, support), support),
            "predictions_per_row": predicted.sum(axis=1) / rows,
        }
    )


def global_threshold(curve: pd.DataFrame, objective: str) -> float:
    """Return the threshold of the curve with the highest objective, the lowest such where several tie.

    The lowest of all where no row carries any label: then none is better than another.
    """
    return float(curve["threshold"][curve[objective].fillna(0).idxmax()])


class Cuts(NamedTuple):
    """Where one label's rows can be cut in two, below each row that carries it, ascending; arrays are (cuts,).

    Any other cut predicts more and hits no more. A threshold lies midway to the next lower probability.
    """

    threshold: np.ndarray
    hits: np.ndarray
    predicted: np.ndarray


def cuts(ranked: Ranked) -> Cuts:
    """Return the cuts of one label, as many as rows that carry it."""
    carriers = ranked.probability[ranked.truth == 1]
    first = np.searchsorted(ranked.probability, carriers, side="left")
    below = np.where(first > 0, ranked.probability[first - 1], 0.0)  # the next lower probability
    hits = len(carriers) - np.searchsorted(carriers, carriers, side="left")
    threshold = ((carriers + below.clip(min=0)) / 2).clip(min=0)  # what is no candidate of its row stands at -1
    return Cuts(threshold, hits, len(ranked.probability) - first)


def best_threshold(of: Cuts) -> float:
    """Return the threshold with the highest F1, of a label that some row carries; the lowest of several that tie."""
    return float(of.threshold[f1(of.hits, of.predicted, len(of.hits)).argmax()])


def precise_threshold(of: Cuts, least: float) -> float:
    """Return the lowest of the cuts at which at least a share `least` of the predictions hold; NEVER without one."""
    good = np.flatnonzero(of.hits >= least * of.predicted)
    return float(of.threshold[good[0]]) if len(good) else NEVER


def averaged_threshold(ranked: Ranked, resamples: int, random: np.random.Generator) -> float:
    """Return the mean, in log-odds, of the thresholds with the highest F1 in resamples of the rows of one label.

    A Poisson bootstrap (each row counts Poisson(1) times) over at most CUTS cuts, quantiles of the rows that carry
    the label, as some row must. A resample without such rows is left out; NaN without any other.
    """
    carriers = ranked.probability[ranked.truth == 1]
    edges = np.unique(carriers[np.linspace(0, len(carriers) - 1, CUTS).astype(int)])
    hits, predicted = ranked.counts(edges)
    between = [counts - np.append(counts[1:], 0) for counts in (hits, predicted - hits)]  # rows from edge to edge
    of_carriers, of_others = (random.poisson(counts, (resamples, len(edges))) for counts in between)
    hits, wrong = (counts[:, ::-1].cumsum(axis=1)[:, ::-1] for counts in (of_carriers, of_others))
    support = hits[:, :1]  # the lowest edge is the lowest row that carries the label
    best = f1(hits, hits + wrong, support).argmax(axis=1)[support[:, 0] > 0]
    return float(expit(log_odds(edges[best]).mean())) if len(best) else math.nan


def log_odds(probability: np.ndarray | float) -> np.ndarray:
    """Return log(p / (1 - p)), finite for 0 and 1 too."""
    return logit(np.clip(probability, 1e-6, 1 - 1e-6))


def shrunk(thresholds: np.ndarray, towards: float, rows: np.ndarray, strength: float) -> np.ndarray:
    """Return (labels,) thresholds moved in log-odds towards one for all, those of few rows most.

    A label that `rows` rows carry keeps rows / (rows + strength) of its own: half of it at `strength` rows, nothing
    without rows.
    """
    own = np.divide(rows, rows + strength, out=np.zeros(len(rows)), where=rows > 0)
    return expit(own * log_odds(thresholds) + (1 - own) * log_odds(towards))
