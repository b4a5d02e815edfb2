"""Check a source row by row, then write it as one table per split."""

from array import array
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from emotions.artifacts import atomic_write, write_json, write_table
from emotions.data.corpus import (
    FILES,
    LABELS,
    Row,
    count_lines,
    read_label_names,
    read_rows,
    refuse_repeated_ids,
    source_files,
)
from emotions.data.fingerprints import fingerprint, normalise, ordered, repetitions, within
from emotions.data.params import DataParams, PrepareParams
from emotions.data.prepared import PREPARED, SOURCE, TABLE
from emotions.errors import UserError, listed
from emotions.params import ProblemParams, read_params
from emotions.progress import row_bar
from emotions.stage import Inputs, run_stage

METRICS = Path("metrics/prepare.json")
DISTRIBUTION = Path("plots/label_distribution.csv")

CHUNK = 10_000  # rows in memory at a time


class Tally:
    """What stays in memory of a split whose rows are written: label counts, and 16 bytes of fingerprints a row."""

    def __init__(self, label_count: int):
        self.support = np.zeros(label_count, dtype=np.int64)  # written rows that carry each label
        self.ids = array("Q")  # of all rows
        self.texts = array("Q")  # of the rows written, normalised

    @property
    def rows(self) -> int:
        return len(self.texts)

    def add(self, rows: list[Row], texts: np.ndarray) -> None:
        self.texts.frombytes(texts.tobytes())
        self.support += np.bincount([label for row in rows for label in row.labels], minlength=len(self.support))


def checked(path: Path, rows: Iterator[Row], one: bool, unlabelled: bool) -> Iterator[Row]:
    """Yield a file's rows; raises UserError, with the line, for one whose number of labels is not allowed.

    `one` allows exactly one, `unlabelled` none as well.
    """
    for number, row in enumerate(rows, start=1):
        if one and len(row.labels) != 1:
            raise UserError(
                f"{path}:{number}: expected one label; found {len(row.labels)}; rows of any number of labels: "
                f"dvc exp run -S problem.type=multi_label_classification"
            )
        if not row.labels and not unlabelled:
            raise UserError(
                f"{path}:{number}: expected a label; found none; to keep rows without labels, which say that no label "
                "fits: dvc exp run -S prepare.rows_without_labels=keep"
            )
        yield row


def write_split(path: Path, rows: Iterator[Row], tally: Tally, leaks: np.ndarray, drop: bool, bar: tqdm) -> int:
    """Write rows as Parquet columns id, text, labels (a list of ids), a chunk at a time; return how many leak.

    A row leaks whose normalised text has one of the sorted fingerprints `leaks`; where `drop` says so it is left out.
    """
    leaked = 0
    with pq.ParquetWriter(path, TABLE) as writer:
        while chunk := list(islice(rows, CHUNK)):
            texts = np.array([fingerprint(normalise(row.text)) for row in chunk], dtype=np.uint64)
            tally.ids.extend(fingerprint(row.id) for row in chunk)
            leak = within(texts, leaks)
            leaked += int(leak.sum())
            written = ~leak if drop else np.ones(len(chunk), dtype=bool)
            kept = [row for row, stays in zip(chunk, written, strict=True) if stays]
            tally.add(kept, texts[written])
            columns = {
                "id": [row.id for row in kept],
                "text": [row.text for row in kept],
                "labels": [row.labels for row in kept],
            }
            writer.write_table(pa.table(columns, schema=TABLE))
            bar.update(len(chunk))
    return leaked


def label_distribution(splits: dict[str, Tally], names: list[str]) -> pd.DataFrame:
    """Return one row a label, in label order, with the number of rows that carry it in each split."""
    return pd.DataFrame({"label": names, **{split: splits[split].support for split in FILES}})


def summary(splits: dict[str, Tally], distribution: pd.DataFrame) -> dict:
    """Return the numbers to compare: rows, labels per row, imbalance of train, texts that several rows share."""
    counts = distribution.set_index("label")["train"]
    train_texts = ordered(splits["train"].texts)
    return {
        "rows": {split: tally.rows for split, tally in splits.items()},
        "labels_per_row": {split: int(tally.support.sum()) / tally.rows for split, tally in splits.items()},
        "imbalance_ratio": int(counts.max()) / int(counts.min()),
        "commonest_label": counts.idxmax(),
        "rarest_label": counts.idxmin(),
        "train_duplicates": len(repetitions(train_texts)),
        **{
            f"{split}_texts_in_train": int(within(np.frombuffer(splits[split].texts, np.uint64), train_texts).sum())
            for split in ("validation", "test")
        },
    }


def main() -> None:
    data = read_params("data", DataParams)
    params = read_params("prepare", PrepareParams)
    problem = read_params("problem", ProblemParams)
    source, drop = data.source, params.drop_leaked_train_rows
    names = read_label_names(LABELS / f"{source}.txt")
    paths = source_files(source, data.format)
    inputs = Inputs.read(["data", "problem", "prepare"], [LABELS / f"{source}.txt", *paths.values()])
    rows = {split: read_rows(path, names) for split, path in paths.items()}
    one, unlabelled = problem.type == "single_label_classification", params.rows_without_labels == "keep"
    rows = {split: checked(paths[split], of, one, unlabelled) for split, of in rows.items()}
    splits = {split: Tally(len(names)) for split in FILES}
    none = np.array([], dtype=np.uint64)
    with atomic_write(PREPARED) as folder, row_bar(sum(map(count_lines, paths.values())), "prepare") as bar:
        folder.mkdir()
        for split in ("validation", "test"):  # before train, whose leaks are known then
            write_split(folder / f"{split}.parquet", rows[split], splits[split], none, False, bar)
        leaks = ordered(splits["validation"].texts, splits["test"].texts)
        leaked = write_split(folder / "train.parquet", rows["train"], splits["train"], leaks, drop, bar)
        ids = ordered(*(tally.ids for tally in splits.values()))
        refuse_repeated_ids(paths.values(), names, set(repetitions(ids).tolist()))
        distribution = label_distribution(splits, names)
        constant = distribution.loc[distribution["train"].isin([0, splits["train"].rows]), "label"].tolist()
        if constant:
            raise UserError(
                f"{source}: expected each label on some training rows and not on others; not so for {listed(constant)}"
            )
        for split in ("validation", "test"):
            support = splits[split].support
            if not ((support > 0) & (support < splits[split].rows)).any():
                raise UserError(f"{paths[split]}: expected a label on some rows and not on others; found none such")
        write_json(folder / "labels.json", names)
        train = paths["train"]
        write_json(folder / SOURCE.name, {train.name: inputs.found[str(train)]})
        inputs.refuse_changes()

    metrics = summary(splits, distribution) | {
        "leaked_train_rows": leaked,
        "dropped_train_rows": leaked if drop else 0,
    }
    write_table(DISTRIBUTION, distribution)
    write_json(METRICS, metrics)
    counts = " + ".join(f"{metrics['rows'][split]:,}" for split in FILES)
    print(
        f"prepare: {source}: {counts} rows, {len(names)} labels, "
        f"{metrics['leaked_train_rows']} training texts are evaluated on, {metrics['dropped_train_rows']} dropped"
    )


if __name__ == "__main__":
    run_stage("prepare", main)
