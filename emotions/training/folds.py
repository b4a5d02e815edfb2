"""Folds of the training rows, so that a model can be asked about rows that it has not seen."""

import numpy as np

from emotions.data.fingerprints import fingerprint, normalise

HELD_OUT = "held_out_fold.json"  # in a model's folder: how many folds there were, and which it has not seen


def folds_of(texts: list[str], folds: int) -> np.ndarray:
    """Return the fold of each text, (rows,) from 0 to `folds` - 1.

    It follows from the normalised text alone, so the same words are in the same fold whatever the other rows, their
    order and their labels are: no model is asked about a comment whose twin it was trained on.
    """
    return np.array([fingerprint(normalise(text)) % folds for text in texts], dtype=np.int64)
