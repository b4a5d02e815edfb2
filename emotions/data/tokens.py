"""What the tokenize stage wrote, read back: token ids and multi-hot targets of each split."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emotions.data.parquet import read_table
from emotions.errors import UserError

TOKENS = Path("data/tokens")
TOKENIZER = TOKENS / "tokenizer"
MEND = "dvc repro tokenize"
TABLE = pa.schema(
    {
        "id": pa.string(),
        "input_ids": pa.list_(pa.int32()),
        "labels": pa.list_(pa.float32()),
        "length": pa.int32(),
        "truncated": pa.bool_(),
    }
)


def read_tokens(split: str, label_count: int, token_count: int) -> pa.Table:
    """Return a split's rows: id, input_ids, labels (multi-hot, one a label) and length.

    Raises UserError as `read_table` does, for targets other than 0 and 1 or of another number of labels, for tokens
    that a tokenizer of `token_count` tokens has not, and for an id twice. Of the training rows each label has to be on
    some and not on others, of other rows some label.
    """
    path = TOKENS / f"{split}.parquet"
    table = read_table(path, TABLE, MEND, ["id", "input_ids", "labels", "length"])
    lengths, widths = pc.list_value_length(table["input_ids"]), pc.list_value_length(table["labels"])
    if pc.min(lengths).as_py() < 1 or not pc.all(pc.equal(lengths, table["length"])).as_py():
        raise UserError(f"{path}: expected in each row as many tokens as its length says, one or more: {MEND}")
    lowest, highest = pc.min_max(pc.list_flatten(table["input_ids"])).as_py().values()
    if lowest < 0 or highest >= token_count:
        wrong = lowest if lowest < 0 else highest
        raise UserError(f"{path}: expected token ids from 0 to {token_count - 1}; found {wrong}: {MEND}")
    if pc.count_distinct(table["id"]).as_py() < len(table):
        raise UserError(f"{path}: expected each comment id once; found one twice: {MEND}")
    if not pc.all(pc.equal(widths, label_count)).as_py():
        raise UserError(f"{path}: expected {label_count} labels in each row, as in labels.json; found others: {MEND}")
    if not np.isin(pc.list_flatten(table["labels"]), (0, 1)).all():
        raise UserError(f"{path}: expected targets of 0 and 1; found others: {MEND}")
    targets = targets_of(table)
    support = targets.sum(axis=0)
    parted = (support > 0) & (support < len(targets))
    if not (parted.all() if split == "train" else parted.any()):
        raise UserError(f"{path}: expected labels that some rows carry and others do not; found none such: {MEND}")
    return table


def targets_of(table: pa.Table) -> np.ndarray:
    """Return the targets of `read_tokens`, (rows, labels) uint8."""
    return pc.list_flatten(table["labels"]).to_numpy().reshape(len(table), -1).astype(np.uint8)
