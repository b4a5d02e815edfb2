"""What the prepare stage wrote, read back: label names, what they were read from, a table of comments a split."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from emotions.artifacts import read_json
from emotions.data.parquet import count_rows, read_batches
from emotions.errors import UserError
from emotions.label_names import refusal

PREPARED = Path("data/prepared")
SOURCE = PREPARED / "source.json"
MEND = "dvc repro prepare"
TABLE = pa.schema({"id": pa.string(), "text": pa.string(), "labels": pa.list_(pa.int64())})


def read_labels() -> list[str]:
    """Return the label names in the order of their ids; raises UserError where there are none or one twice."""
    path = PREPARED / "labels.json"
    names = read_json(path, "the label names", MEND)
    if not isinstance(names, list) or not names or any(map(refusal, names)):
        raise UserError(f"{path}: expected a list of label names; found {names!r:.60}: {MEND}")
    if len(set(names)) < len(names):
        raise UserError(f"{path}: expected each label name once; found one twice: {MEND}")
    return names


def read_source_sha256() -> dict[str, str]:
    """Return the sha256 of the source's training file by its name; raises UserError where no such is noted."""
    expected = "the training file's name and sha256"
    found = read_json(SOURCE, expected, MEND)
    sound = isinstance(found, dict) and all(
        isinstance(digest, str) and re.fullmatch("[0-9a-f]{64}", digest) for digest in found.values()
    )
    if not found or not sound:
        raise UserError(f"{SOURCE}: expected {expected}; found {found!r:.60}: {MEND}")
    return found


def count_comments(split: str) -> int:
    """Return how many comments a split has; raises UserError as `count_rows` does."""
    return count_rows(PREPARED / f"{split}.parquet", TABLE, MEND)


def read_comments(split: str, rows: int, columns: list[str], label_count: int) -> Iterator[pa.RecordBatch]:
    """Yield a split's comments, so many rows at a time; raises UserError as `read_batches` does, and for other labels.

    `columns` are some of id, text and labels, a list of ids.
    """
    path = PREPARED / f"{split}.parquet"
    for batch in read_batches(path, TABLE, MEND, rows, columns):
        if "labels" in columns and len(ids := pc.list_flatten(batch["labels"])):
            lowest, highest = pc.min_max(ids).as_py().values()
            if lowest < 0 or highest >= label_count:
                wrong = lowest if lowest < 0 else highest
                raise UserError(f"{path}: expected label ids from 0 to {label_count - 1}; found {wrong}: {MEND}")
        yield batch


def read_texts(split: str) -> dict[str, str]:
    """Return each comment's text by its id, in the split's order; raises UserError as `read_comments` does."""
    texts = {}
    for batch in read_comments(split, 100_000, ["id", "text"], 0):
        texts.update(zip(batch["id"].to_pylist(), batch["text"].to_pylist(), strict=True))
    return texts
