"""How well probabilities rank rows, label by label; truth is (rows, labels) of 0 and 1, always first."""

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score


def average_precision(truth: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Return (labels,) average precision; NaN for a label that no row or every row carries: nothing is ranked."""
    scores = np.full(truth.shape[1], np.nan)
    for label in np.flatnonzero(truth.any(axis=0) & ~truth.all(axis=0)):
        scores[label] = average_precision_score(truth[:, label], probability[:, label])
    return scores


def ranking_scores(truth: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """Return mean average precision and macro AUROC, over the labels that some rows carry and others do not.

    NaN where there is no such label.
    """
    mixed = np.flatnonzero(truth.any(axis=0) & ~truth.all(axis=0))
    if not len(mixed):
        return {"mean_average_precision": np.nan, "macro_auroc": np.nan}
    # label by label: of a table without some columns scikit-learn copies all for each of them
    auroc = [roc_auc_score(truth[:, label], probability[:, label]) for label in mixed]
    return {
        "mean_average_precision": float(np.mean(average_precision(truth, probability)[mixed])),
        "macro_auroc": float(np.mean(auroc)),
    }
