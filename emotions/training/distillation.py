"""Soft labels: training targets mixed with what teachers, models trained before, say of the same comments."""

from pathlib import Path
from typing import Annotated

import numpy as np
from datasets import Dataset
from pydantic import Field

from emotions.artifacts import atomic_write
from emotions.errors import UserError
from emotions.params import Section

TEACHERS = Path("data/teachers")  # a folder a name, in it one file a model
NO_TEACHER = "none"  # a folder as well, and empty, because DVC wants a dependency to exist


class DistillationParams(Section):
    teacher: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    weight: Annotated[float, Field(gt=0, le=1)]


def save_teaching(path: Path, ids: list[str], probability: np.ndarray) -> None:
    """Write one teacher's probabilities: comment ids (rows,), probabilities (rows, labels), as npz without pickles."""
    with atomic_write(path) as beside, beside.open("wb") as file:
        np.savez_compressed(file, ids=np.array(ids), probability=probability.astype(np.float16))


def load_teaching(folder: Path, ids: list[str]) -> np.ndarray:
    """Return the mean probability of a folder's teachers for comments in the order of their ids, (rows, labels).

    Raises UserError where the folder has no teacher or one of them did not read a comment.
    """
    paths = sorted(folder.glob("*.npz"))
    if not paths:
        raise UserError(f"{folder}: expected the files of teachers; found none: python -m emotions teach {folder.name}")
    total = 0.0
    for path in paths:
        with np.load(path, allow_pickle=False) as arrays:
            row_of = {id: row for row, id in enumerate(arrays["ids"].tolist())}
            missing = next((id for id in ids if id not in row_of), None)
            if missing is not None:
                raise UserError(
                    f"{path}: expected every training comment; found no {missing}: remove the file, "
                    f"python -m emotions teach {folder.name} with the teacher's run in place"
                )
            total = total + arrays["probability"][[row_of[id] for id in ids]].astype(np.float64)
    return total / len(paths)


def soften(tokens: Dataset, params: DistillationParams) -> Dataset:
    """Return the rows with labels (1 - weight) x their own + weight x the mean of the teachers' probabilities.

    With the cross-entropy this is distillation at temperature 1 (Hinton et al. 2015): the loss is linear in targets.
    `tokens` has id and labels (multi-hot). Raises UserError as `load_teaching` does.
    """
    if params.teacher == NO_TEACHER:
        return tokens
    own = tokens.with_format("numpy")["labels"][:]
    taught = load_teaching(TEACHERS / params.teacher, list(tokens["id"]))
    if taught.shape != own.shape:
        raise UserError(f"{TEACHERS / params.teacher}: expected {own.shape[1]} labels; found {taught.shape[1]}")
    mixed = ((1 - params.weight) * own + params.weight * taught).astype(np.float32)
    features = tokens.features
    return tokens.remove_columns("labels").add_column("labels", list(mixed), feature=features["labels"])
