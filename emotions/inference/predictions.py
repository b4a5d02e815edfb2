"""A model's probabilities for a split, with the truth: an npz without pickles."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from emotions.artifacts import atomic_write
from emotions.errors import UserError
from emotions.npz import read_arrays

PREDICTIONS = Path("data/predictions")  # what the evaluate stage makes: validation.npz and test.npz


@dataclass(frozen=True)
class Predictions:
    """truth (rows, labels) uint8; probability (rows, labels) float64; ids (rows,) and labels (labels,) text.

    Probabilities are stored as float32 and widened when read, so that comparing them with a threshold is exact.
    `model` is the sha256 of the weights that say them, None where no one model does, as in a blend.
    """

    truth: np.ndarray
    probability: np.ndarray
    ids: np.ndarray
    labels: np.ndarray
    model: str | None = None


def save_predictions(path: Path, predictions: Predictions) -> None:
    with atomic_write(path) as beside, beside.open("wb") as file:
        np.savez(
            file,
            truth=predictions.truth.astype(np.uint8),
            probability=predictions.probability.astype(np.float32),
            ids=predictions.ids.astype(np.str_),
            labels=predictions.labels.astype(np.str_),
            **({"model": np.array(predictions.model)} if predictions.model else {}),
        )


def load_predictions(path: Path) -> Predictions:
    """Return a split's predictions; raises UserError where the file is missing or does not hold what is saved."""
    return read_predictions(path, str(path), "dvc repro evaluate")


def read_predictions(file: Path | BinaryIO, place: str, mend: str) -> Predictions:
    """Return what `save_predictions` wrote.

    Raises UserError, in one sentence with place and mend, where an array is missing or of another form, where a
    probability is not from 0 to 1 or a truth not 0 or 1, and where an id or a label stands twice.
    """
    arrays = read_arrays(file, ("truth", "probability", "ids", "labels"), place, mend, optional=("model",))
    truth, probability, ids, labels = (arrays[name] for name in ("truth", "probability", "ids", "labels"))
    model = str(arrays["model"]) if "model" in arrays else None
    shape = (len(ids), len(labels)) if ids.ndim == labels.ndim == 1 else None
    for name, array, kind in (("truth", truth, "u"), ("probability", probability, "f")):
        if array.shape != shape or array.dtype.kind != kind or not array.size:
            raise UserError(
                f"{place}: expected {name} as numbers, a row an id and a column a label; found {array.dtype} "
                f"{array.shape} beside {ids.shape} ids and {labels.shape} labels: {mend}"
            )
    for name, array in (("ids", ids), ("labels", labels)):
        if array.dtype.kind != "U" or len(np.unique(array)) < len(array):
            raise UserError(f"{place}: expected {name} as texts, each once; found {array.dtype} or one twice: {mend}")
    if not ((probability >= 0) & (probability <= 1)).all():
        wrong = probability[~((probability >= 0) & (probability <= 1))][0]
        raise UserError(f"{place}: expected probabilities from 0 to 1; found {wrong}: {mend}")
    if truth.max() > 1:
        raise UserError(f"{place}: expected a truth of 0 and 1; found {truth.max()}: {mend}")
    return Predictions(truth, probability.astype(np.float64), ids, labels, model)


def load_splits(folder: Path) -> dict[str, Predictions]:
    """Return the predictions of validation and test.

    Raises UserError as `load_predictions` does, where their labels or models differ, and where one of them has no
    label that some rows carry and others do not: nothing can be scored then.
    """
    splits = {split: load_predictions(folder / f"{split}.npz") for split in ("validation", "test")}
    if splits["validation"].labels.tolist() != splits["test"].labels.tolist():
        raise UserError(f"{folder}: expected the same labels in validation and test; found others: dvc repro evaluate")
    if splits["validation"].model != splits["test"].model:
        raise UserError(f"{folder}: expected one model's validation and test; found two models': dvc repro evaluate")
    for split, predictions in splits.items():
        if not (predictions.truth.any(axis=0) & ~predictions.truth.all(axis=0)).any():
            raise UserError(
                f"{folder / split}.npz: expected a label that some rows carry and others do not; found none such: "
                "dvc repro evaluate"
            )
    return splits
