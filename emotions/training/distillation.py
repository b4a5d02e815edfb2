"""Soft labels: training targets mixed with what teachers, models trained before, say of the same comments."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from datasets import Dataset

from emotions.artifacts import atomic_write, read_json, sha256, write_json
from emotions.errors import UserError, apart
from emotions.npz import read_arrays
from emotions.params import NAME
from emotions.training.params import NO_TEACHER, DistillationParams

TEACHERS = Path("data/teachers")  # NAME.npz, a teacher's probabilities; NAME.json, which teachers teach under a name


def save_teaching(path: Path, ids: np.ndarray, probability: np.ndarray) -> None:
    """Write one teacher's probabilities: comment ids (rows,), probabilities (rows, labels), as npz without pickles."""
    with atomic_write(path) as beside, beside.open("wb") as file:
        np.savez_compressed(file, ids=np.array(ids), probability=probability.astype(np.float16))


def name_teachers(name: str, labels: list[str], source: dict[str, str], teachers: list[str]) -> None:
    """Write data/teachers/NAME.json: which teachers teach together under a name, by sha256, and what they read."""
    hashes = {teacher: sha256(TEACHERS / f"{teacher}.npz") for teacher in teachers}
    write_json(TEACHERS / f"{name}.json", {"labels": labels, "source_sha256": source, "teachers": hashes})


@dataclass(frozen=True)
class Named:
    """Which teachers teach together under a name, with the sha256 of each, and which labels and files they know."""

    labels: list[str]
    source_sha256: dict[str, str]
    teachers: dict[str, str]


def read_named(name: str) -> Named:
    """Return what data/teachers/NAME.json says; raises UserError where it is missing or names nobody."""
    path = TEACHERS / f"{name}.json"
    expected, mend = "the names of teachers, their labels and hashes", f"python -m emotions teach {name}"
    content = read_json(path, expected, mend)
    try:
        named = Named(**content)
        texts = [*named.labels, *named.source_sha256.values(), *named.teachers.values()]
        sound = named.teachers and all(re.fullmatch(NAME, teacher) for teacher in named.teachers)
    except (TypeError, AttributeError):
        sound = False
    if not sound or not all(isinstance(text, str) for text in texts):
        raise UserError(f"{path}: expected {expected}; found others: {mend}")
    return named


def read_teaching(path: Path) -> tuple[list[str], np.ndarray]:
    """Return one teacher's comment ids (rows,) and probabilities (rows, labels), float16.

    Raises UserError where the file is missing or not such a one, where a number is no probability, and where an id
    stands twice.
    """
    mend = "data/README.md tells how a teacher is made"
    arrays = read_arrays(path, ("ids", "probability"), str(path), mend)
    ids, probability = arrays["ids"], arrays["probability"]
    if ids.dtype.kind != "U" or probability.dtype != np.float16 or ids.ndim != 1 or probability.ndim != 2:
        raise UserError(f"{path}: expected ids as texts and probabilities as float16; found others: {mend}")
    if len(ids) != len(probability) or len(np.unique(ids)) < len(ids) or not probability.size:
        raise UserError(f"{path}: expected a row of probabilities for each id, each once; found others: {mend}")
    if not ((probability >= 0) & (probability <= 1)).all() or not probability.any():
        raise UserError(f"{path}: expected probabilities from 0 to 1, some above 0; found others: {mend}")
    return ids.tolist(), probability


def load_teachers(name: str, ids: list[str], labels: list[str], source: dict[str, str]) -> np.ndarray:
    """Return the mean probability of the teachers of a name for comments in the order of their ids, (rows, labels).

    data/teachers/NAME.json says who they are, by sha256, so that a change of one of them is a change of that file, on
    which the train stage depends. `source` is the sha256 of the file of these comments by its name: in another file
    the same ids can be other comments. Raises UserError as `read_named` and `read_teaching` do, where a file is not
    the one named, for other labels, another source and a teacher that has no probabilities of a comment.
    """
    named, place = read_named(name), TEACHERS / f"{name}.json"
    if named.labels != labels:
        known, own = apart(named.labels, labels)
        raise UserError(f"{place}: its teachers know the labels {known}; this source has {own}")
    if named.source_sha256 != source:
        raise UserError(
            f"{place}: expected teachers of these comments, {_spelled(source)}; found teachers of "
            f"{_spelled(named.source_sha256)}: data/README.md tells how a teacher is made"
        )
    total = np.zeros((len(ids), len(labels)))
    for teacher, expected in named.teachers.items():
        path = TEACHERS / f"{teacher}.npz"
        if not path.is_file():
            raise UserError(f"{path}: expected a teacher's probabilities, sha256 {expected}; found no such file")
        if (found := sha256(path)) != expected:
            raise UserError(f"{path}: expected sha256 {expected}, as {place} says; found {found}")
        known_ids, probability = read_teaching(path)
        if probability.shape[1] != len(labels):
            raise UserError(f"{path}: expected {len(labels)} labels, as {place} says; found {probability.shape[1]}")
        row_of = {id: row for row, id in enumerate(known_ids)}
        missing = next((id for id in ids if id not in row_of), None)
        if missing is not None:
            raise UserError(
                f"{path}: expected every training comment; found no {missing}: each fold needs its model, or the "
                "source changed since; data/README.md tells how a teacher is made"
            )
        total += probability[[row_of[id] for id in ids]].astype(np.float64)
    return total / len(named.teachers)


def _spelled(source: dict[str, str]) -> str:
    return " and ".join(f"{file} with sha256 {digest}" for file, digest in source.items()) or "no file"


def soften(tokens: Dataset, labels: list[str], source: dict[str, str], params: DistillationParams) -> Dataset:
    """Return the rows with labels (1 - weight) x their own + weight x the mean of the teachers' probabilities.

    With the cross-entropy this is distillation at temperature 1 (Hinton et al. 2015): the loss is linear in targets.
    `tokens` has id and labels (multi-hot), `labels` their names; `source` as in `load_teachers`, which says what
    raises UserError.
    """
    if params.teacher == NO_TEACHER:
        return tokens
    own = tokens.with_format("numpy")["labels"][:]
    taught = load_teachers(params.teacher, list(tokens["id"]), labels, source)
    mixed = ((1 - params.weight) * own + params.weight * taught).astype(np.float32)
    features = tokens.features
    return tokens.remove_columns("labels").add_column("labels", list(mixed), feature=features["labels"])
