"""A model's probabilities for a split, with the truth: an npz without pickles."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotions.artifacts import atomic_write
from emotions.errors import UserError


@dataclass(frozen=True)
class Predictions:
    """truth (rows, labels) uint8; probability (rows, labels) float64; ids (rows,) and labels (labels,) text.

    Probabilities are stored as float32 and widened when read, so that comparing them with a threshold is exact.
    """

    truth: np.ndarray
    probability: np.ndarray
    ids: np.ndarray
    labels: np.ndarray


def save_predictions(path: Path, predictions: Predictions) -> None:
    with atomic_write(path) as beside, beside.open("wb") as file:
        np.savez(
            file,
            truth=predictions.truth.astype(np.uint8),
            probability=predictions.probability.astype(np.float32),
            ids=predictions.ids.astype(np.str_),
            labels=predictions.labels.astype(np.str_),
        )


def load_predictions(path: Path) -> Predictions:
    """Raises UserError with one sentence where the file is missing."""
    if not path.is_file():
        raise UserError(f"{path}: expected the predictions of the evaluate stage; found none: dvc repro evaluate")
    with np.load(path, allow_pickle=False) as arrays:
        return Predictions(
            truth=arrays["truth"],
            probability=arrays["probability"].astype(np.float64),
            ids=arrays["ids"],
            labels=arrays["labels"],
        )
