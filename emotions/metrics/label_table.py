"""One row a label: how it was decided, how it is ranked."""

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_fscore_support

from emotions.metrics.ranking import average_precision


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
