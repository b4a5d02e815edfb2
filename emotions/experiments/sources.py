"""Which rows records are of: files, labels, comment ids and truth, kept once a source in results/sources/."""

import hashlib
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter
from typing_extensions import TypedDict  # pydantic wants it before Python 3.12

from emotions.artifacts import read_json, sha256, write_json
from emotions.data.corpus import LABELS, RAW, Row, format_here, read_source, source_files
from emotions.data.targets import multi_hot
from emotions.errors import UserError, apart, reading

SOURCES = Path("results/sources")
SPLITS = ("validation", "test")  # what records hold probabilities of
REMEDY = "bring the recorded files back, or give a changed source a name of its own"


def data_sha256(source: str) -> dict[str, str]:
    """Return the hash of each of a source's files by its name; raises UserError where one is not here."""
    hashes = {}
    for path in sorted(source_files(source, format_here(source)).values()):
        if not path.is_file():
            raise UserError(f"{path}: expected the comments that records of {source} are scored on; found no such file")
        hashes[path.name] = sha256(path)
    return hashes


def training_sha256(source: str) -> dict[str, str]:
    """Return the hash of a source's training file, which is here, by its name, as teachers carry it."""
    train = source_files(source, format_here(source))["train"]
    return {train.name: sha256(train)}


def truth_sha256(truth: np.ndarray) -> str:
    """Return the hash of (rows, labels) of 0 and 1: a byte each, row by row."""
    return hashlib.sha256(np.ascontiguousarray(truth, dtype=np.uint8)).hexdigest()


class OfSplit(TypedDict):
    ids: list[str]
    truth_sha256: str


class OfSplits(TypedDict):
    validation: OfSplit
    test: OfSplit


class Description(TypedDict):
    """What results/sources/<source>.json holds."""

    data_sha256: dict[str, str]
    labels: list[str]
    splits: OfSplits


def describe(hashes: dict[str, str], labels: list[str], rows: dict[str, list[Row]]) -> Description:
    """Return the description of a source, whose rows `read_source` returned."""
    return {
        "data_sha256": hashes,
        "labels": labels,
        "splits": {
            split: {
                "ids": [row.id for row in rows[split]],
                "truth_sha256": truth_sha256(multi_hot([row.labels for row in rows[split]], len(labels))),
            }
            for split in SPLITS
        },
    }


def described(source: str) -> Description:
    """Return the description of a source that has records; raises UserError where there is none or it is damaged."""
    path = SOURCES / f"{source}.json"
    expected, mend = f"the comment ids that records of {source} are of", f"git checkout {path}"
    content = read_json(path, expected, mend)
    with reading(str(path), expected, mend):
        return TypeAdapter(Description).validate_python(content, strict=True)


def refuse_other_version(record: Path, source: str, hashes: dict[str, str]) -> None:
    """Raise UserError where a record's `hashes` of its source's files are not those that the source is described by."""
    expected = described(source)["data_sha256"]
    for file in sorted(expected.keys() | hashes.keys()):
        if expected.get(file) != hashes.get(file):
            raise UserError(
                f"{record}: expected a record of {source} as {SOURCES / source}.json describes it, {file} with sha256 "
                f"{expected.get(file)}; found {hashes.get(file)}: no row of it can be told from another"
            )


def read_described(source: str) -> tuple[list[str], dict[str, list[Row]]]:
    """Return a source's label names and rows, the same in the same order as its records are of.

    Raises UserError as `read_source` does, for a source that is not described, and where files, labels, ids or truth
    are not what is described.
    """
    expected = described(source)
    for file, found in data_sha256(source).items():
        if found != (recorded := expected["data_sha256"].get(file)):
            raise UserError(
                f"{RAW / source / file}: expected the file that the records in results/ were scored on, sha256 "
                f"{recorded}; found {found}: {REMEDY}"
            )
    labels, rows = read_source(source)
    found = describe(expected["data_sha256"], labels, rows)
    if found["labels"] != expected["labels"]:
        recorded, here = apart(expected["labels"], found["labels"])
        raise UserError(
            f"{LABELS / source}.txt: expected the labels of the records in results/, {recorded}; found {here}: {REMEDY}"
        )
    for split in SPLITS:
        if found["splits"][split] != expected["splits"][split]:
            raise UserError(
                f"{source}, {split}: expected the comments and their labels in the order of {SOURCES / source}.json; "
                "the files are the same, so what reads them has changed"
            )
    return labels, rows


def keep_described(source: str) -> None:
    """Write the description of a source whose first record is made.

    Raises UserError as `read_described` does where there is one already.
    """
    path = SOURCES / f"{source}.json"
    if path.is_file():
        read_described(source)
    else:
        write_json(path, describe(data_sha256(source), *read_source(source)))
