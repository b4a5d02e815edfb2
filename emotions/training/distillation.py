"""Soft labels: training targets mixed with what teachers, models trained before, say of the same comments."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
from datasets import Dataset
from pydantic import Field

from emotions.artifacts import atomic_write, sha256, write_json
from emotions.errors import UserError
from emotions.params import Section

TEACHERS = Path("data/teachers")  # NAME.npz, a teacher's probabilities; NAME.json, which teachers teach under a name
NO_TEACHER = "none"  # has a NAME.json that names nobody, because DVC wants a dependency to exist


class DistillationParams(Section):
    teacher: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    weight: Annotated[float, Field(gt=0, le=1)]


def save_teaching(path: Path, ids: np.ndarray, probability: np.ndarray) -> None:
    """Write one teacher's probabilities: comment ids (rows,), probabilities (rows, labels), as npz without pickles."""
    with atomic_write(path) as beside, beside.open("wb") as file:
        np.savez_compressed(file, ids=np.array(ids), probability=probability.astype(np.float16))


def name_teachers(name: str, labels: list[str], source: dict[str, str], teachers: list[str]) -> None:
    """Write data/teachers/NAME.json: which teachers teach together under a name, by sha256, and what they read."""
    hashes = {teacher: sha256(TEACHERS / f"{teacher}.npz") for teacher in teachers}
    write_json(TEACHERS / f"{name}.json", {"labels": labels, "source_sha256": source, "teachers": hashes})


def read_teaching(path: Path) -> tuple[list[str], np.ndarray]:
    """Return one teacher's comment ids (rows,) and probabilities (rows, labels), float16."""
    with np.load(path, allow_pickle=False) as arrays:
        return arrays["ids"].tolist(), arrays["probability"]


def load_teachers(name: str, ids: list[str], labels: list[str]) -> np.ndarray:
    """Return the mean probability of the teachers of a name for comments in the order of their ids, (rows, labels).

    data/teachers/NAME.json says who they are, by sha256, so that a change of one of them is a change of that file, on
    which the train stage depends. Raises UserError where a file is missing or not the one named, for other labels and
    for a teacher that has no probabilities of a comment.
    """
    named = TEACHERS / f"{name}.json"
    if not named.is_file():
        raise UserError(f"{named}: expected the names of teachers; found none: python -m emotions teach {name}")
    content = json.loads(named.read_text(encoding="utf-8"))
    if content["labels"] != labels:
        known = ", ".join(content["labels"])
        raise UserError(f"{named}: its teachers know the labels {known}; this source has {', '.join(labels)}")
    total = np.zeros((len(ids), len(labels)))
    for teacher, expected in content["teachers"].items():
        path = TEACHERS / f"{teacher}.npz"
        if not path.is_file():
            raise UserError(f"{path}: expected a teacher's probabilities, sha256 {expected}; found no such file")
        if (found := sha256(path)) != expected:
            raise UserError(f"{path}: expected sha256 {expected}, as {named} says; found {found}")
        known_ids, probability = read_teaching(path)
        row_of = {id: row for row, id in enumerate(known_ids)}
        missing = next((id for id in ids if id not in row_of), None)
        if missing is not None:
            raise UserError(
                f"{path}: expected every training comment; found no {missing}: each fold needs its model, or the "
                "source changed since; data/README.md tells how a teacher is made"
            )
        total += probability[[row_of[id] for id in ids]].astype(np.float64)
    return total / len(content["teachers"])


def soften(tokens: Dataset, labels: list[str], params: DistillationParams) -> Dataset:
    """Return the rows with labels (1 - weight) x their own + weight x the mean of the teachers' probabilities.

    With the cross-entropy this is distillation at temperature 1 (Hinton et al. 2015): the loss is linear in targets.
    `tokens` has id and labels (multi-hot), `labels` their names. Raises UserError as `load_teachers` does.
    """
    if params.teacher == NO_TEACHER:
        return tokens
    own = tokens.with_format("numpy")["labels"][:]
    taught = load_teachers(params.teacher, list(tokens["id"]), labels)
    mixed = ((1 - params.weight) * own + params.weight * taught).astype(np.float32)
    features = tokens.features
    return tokens.remove_columns("labels").add_column("labels", list(mixed), feature=features["labels"])
