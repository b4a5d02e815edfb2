"""One row a label: how it was decided, how it is ranked."""

import numpy as np
import pandas as pd

from emotions.metrics.f1 import counts, f1
from emotions.metrics.ranking import average_precision


def per_label(truth: np.ndarray, decided: np.ndarray, probability: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Return one row a label: label, rows, predicted, precision, recall, f1, average_precision.

    Precision is 0 where nothing is predicted; recall and F1 are NaN where no row carries the label, average precision
    also where every row does: there they are not defined.
    """
    hits, predicted, rows = counts(truth, decided)  # scikit-learn takes a single label for two classes
    return pd.DataFrame(
        {
            "label": names,
            "rows": rows,
            "predicted": predicted,
            "precision": hits / np.maximum(predicted, 1),
            "recall": np.where(rows > 0, hits / np.maximum(rows, 1), np.nan),
            "f1": np.where(rows > 0, f1(hits, predicted, rows), np.nan),
            "average_precision": average_precision(truth, probability),
        }
    )
