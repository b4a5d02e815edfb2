"""Everything that is said of decisions; truth and decided are (rows, labels) of 0 and 1, truth always first."""

import math

import numpy as np
import pandas as pd

from emotions.metrics.chunks import chunks
from emotions.metrics.f1 import counts, f1, headline

UNDEFINED = "undefined"
EXAMPLES = 3
TIERS = ((0.7, "excellent"), (0.5, "good"), (0.3, "moderate"), (0.0, "poor"))  # the BERT-base report's, F1 from


def decide(probability: np.ndarray, thresholds: np.ndarray | float) -> np.ndarray:
    """Return 1 where the probability is at least the threshold (`>=`, everywhere), else 0."""
    return (probability >= thresholds).astype(np.uint8)


def frequent_labels(truth: np.ndarray, rows: int) -> np.ndarray:
    """Return (labels,) of bool: which labels at least `rows` rows carry."""
    return truth.sum(axis=0) >= rows


def tier(f1: float) -> str:
    """Return the BERT-base report's name for an F1, `zero` for exactly 0; UNDEFINED for NaN, a label without rows."""
    if math.isnan(f1):
        return UNDEFINED
    return "zero" if f1 == 0 else next(name for least, name in TIERS if f1 >= least)


def decision_scores(truth: np.ndarray, decided: np.ndarray, frequent: np.ndarray) -> dict[str, float]:
    """Return the headline with weighted and samples F1, subset accuracy, Hamming loss, predictions and empty rows.

    Each is scikit-learn's of that name where every label has a row and every row a label or a prediction; labels
    without rows, and rows with neither, are left out, and what nothing is left of is NaN. Counted here because
    millions of rows take scikit-learn a minute. `frequent` (labels,) are the labels of the headline's
    macro_f1_frequent.
    """
    by_label = f1(*counts(truth, decided))
    support, predicted = truth.sum(axis=1), decided.sum(axis=1)
    of_rows = f1((truth & decided).sum(axis=1), predicted, support)
    said = (predicted > 0) | (support > 0)
    return headline(truth, decided, frequent) | {
        "weighted_f1": float(np.average(by_label, weights=truth.sum(axis=0))) if support.any() else math.nan,
        "samples_f1": float((of_rows if said.all() else of_rows[said]).mean()) if said.any() else math.nan,
        "subset_accuracy": float((truth == decided).all(axis=1).mean()),
        "hamming_loss": float((truth != decided).mean()),
        "predictions_per_row": float(predicted.mean()),
        "empty_rows_share": float((predicted == 0).mean()),
    }


def rows_of_both(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return how many rows have 1 in a column of one and in a column of the other, (columns, columns) int64."""
    rows = np.zeros((one.shape[1], other.shape[1]), dtype=np.int64)
    for part in chunks(len(one)):  # float32 multiplies many times faster, and counts a chunk exactly
        rows += (one[part].T.astype(np.float32) @ other[part].astype(np.float32)).astype(np.int64)
    return rows


def confusion_matrix(truth: np.ndarray, decided: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Return how many rows that carry a label were given each label: label, predicted, rows, share; no zeros.

    `share` is of the rows that carry the label. With one label a row it is the usual matrix; with several, rows given
    two labels stand in two cells.
    """
    rows = rows_of_both(truth, decided)
    label, predicted = np.nonzero(rows)
    found = rows[label, predicted]
    return pd.DataFrame(
        {
            "label": np.array(names)[label],
            "predicted": np.array(names)[predicted],
            "rows": found,
            "share": found / truth.sum(axis=0, dtype=np.int64)[label],
        }
    )


def confused_pairs(
    truth: np.ndarray, decided: np.ndarray, names: list[str], most: int, ids: np.ndarray
) -> pd.DataFrame:
    """Return in how many rows one label was missed while another was wrongly predicted, the most frequent first.

    Columns: pair (missed → predicted), rows, share (of the rows that carry the missed label), examples (the first
    EXAMPLES such rows by their `ids`, parted by spaces).
    """
    missed = (truth == 1) & (decided == 0)
    wrong = (truth == 0) & (decided == 1)
    rows, carried = rows_of_both(missed, wrong), truth.sum(axis=0, dtype=np.int64)
    least = max(np.sort(rows, axis=None)[-most:][0], 1)  # as many rows as the last pair that is told
    pairs = [
        {"pair": f"{names[a]} → {names[b]}", "rows": rows[a, b], "share": rows[a, b] / carried[a], "at": (a, b)}
        for a, b in np.argwhere(rows >= least)
    ]
    pairs = sorted(pairs, key=lambda pair: (-pair["rows"], pair["pair"]))[:most]
    for pair in pairs:
        a, b = pair.pop("at")
        pair["examples"] = " ".join(ids[missed[:, a] & wrong[:, b]][:EXAMPLES])
    return pd.DataFrame(pairs, columns=["pair", "rows", "share", "examples"])


def in_groups(labels: np.ndarray, group_of: list[int]) -> np.ndarray:
    """Return (rows, groups) of 1 where some label of the group is 1, from (rows, labels) and each label's group."""
    groups = np.zeros((len(labels), max(group_of) + 1), dtype=labels.dtype)
    for label, group in enumerate(group_of):
        groups[:, group] |= labels[:, label]
    return groups
