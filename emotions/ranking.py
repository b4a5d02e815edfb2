"""How well probabilities rank rows, label by label; truth is (rows, labels) of 0 and 1, always first."""

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, precision_recall_fscore_support, roc_auc_score


def average_precision(truth: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Return (labels,) average precision; NaN for a label that no row carries."""
    present = truth.any(axis=0)
    scores = np.full(truth.shape[1], np.nan)
    for label in np.flatnonzero(present):
        scores[label] = average_precision_score(truth[:, label], probability[:, label])
    return scores


def ranking_scores(truth: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """Return mean average precision and macro AUROC, over the labels that some rows carry and others do not."""
    mixed = truth.any(axis=0) & ~truth.all(axis=0)
    return {
        "mean_average_precision": float(np.mean(average_precision(truth, probability)[mixed])),
        "macro_auroc": float(roc_auc_score(truth[:, mixed], probability[:, mixed], average="macro")),
    }


def per_label(truth: np.ndarray, decided: np.ndarray, probability: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Return one row a label: label, rows, predicted, precision, recall, f1, average_precision."""
    precision, recall, f1, rows = precision_recall_fscore_support(truth, decided, average=None, zero_division=0)
    return pd.DataFrame(
        {
            "label": names,
            "rows": rows,
            "predicted": decided.sum(axis=0),
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "average_precision": average_precision(truth, probability),
        }
    )
