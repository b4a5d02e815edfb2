"""Check a source row by row, then write it as one table per split."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import pandas as pd
from pydantic import Field

from emotions.artifacts import whole, write_json, write_table
from emotions.corpus import BadCorpus, Row, normalise, read_source
from emotions.params import Section, read_params

PREPARED = Path("data/prepared")
METRICS = Path("metrics/prepare.json")
DISTRIBUTION = Path("plots/label_distribution.csv")


class DataParams(Section):
    source: Annotated[str, Field(pattern=r"^[\w.-]+$")]


class PrepareParams(Section):
    drop_leaked_train_rows: bool


def leaked(train: list[Row], evaluation: list[Row]) -> list[bool]:
    """Return, for each row of train, whether its normalised text stands in the rows of evaluation."""
    texts = {normalise(row.text) for row in evaluation}
    return [normalise(row.text) in texts for row in train]


def label_distribution(splits: dict[str, list[Row]], names: list[str]) -> pd.DataFrame:
    """Return one row a label, in label order, with the number of rows that carry it in each split."""
    counts = {split: Counter(label for row in rows for label in row.labels) for split, rows in splits.items()}
    return pd.DataFrame(
        {"label": names, **{split: [count[id] for id in range(len(names))] for split, count in counts.items()}}
    )


def summary(splits: dict[str, list[Row]], distribution: pd.DataFrame) -> dict:
    """Return the numbers to compare: rows, labels per row, imbalance of train, texts that several rows share."""
    train = splits["train"]
    counts = distribution.set_index("label")["train"]
    train_texts = {normalise(row.text) for row in train}
    return {
        "rows": {split: len(rows) for split, rows in splits.items()},
        "labels_per_row": {split: sum(len(row.labels) for row in rows) / len(rows) for split, rows in splits.items()},
        "imbalance_ratio": int(counts.max()) / int(counts.min()),
        "commonest_label": counts.idxmax(),
        "rarest_label": counts.idxmin(),
        "train_duplicates": len(train) - len(train_texts),
        "validation_texts_in_train": sum(normalise(row.text) in train_texts for row in splits["validation"]),
        "test_texts_in_train": sum(normalise(row.text) in train_texts for row in splits["test"]),
    }


def table(rows: list[Row]) -> pd.DataFrame:
    """Return the rows as columns id, text, labels (a list of ids)."""
    return pd.DataFrame(
        {
            "id": [row.id for row in rows],
            "text": [row.text for row in rows],
            "labels": [list(row.labels) for row in rows],
        }
    )


def main() -> None:
    source = read_params("data", DataParams).source
    params = read_params("prepare", PrepareParams)
    try:
        names, splits = read_source(source)
    except BadCorpus as error:
        raise SystemExit(str(error)) from None

    leaks = leaked(splits["train"], splits["validation"] + splits["test"])
    if params.drop_leaked_train_rows:
        splits["train"] = [row for row, leak in zip(splits["train"], leaks, strict=True) if not leak]
    distribution = label_distribution(splits, names)
    constant = distribution.loc[distribution["train"].isin([0, len(splits["train"])]), "label"].tolist()
    if constant:
        raise SystemExit(
            f"{source}: expected each label on some training rows and not on others; not so for {', '.join(constant)}"
        )

    metrics = summary(splits, distribution) | {
        "leaked_train_rows": sum(leaks),
        "dropped_train_rows": sum(leaks) if params.drop_leaked_train_rows else 0,
    }

    with whole(PREPARED) as folder:
        folder.mkdir()
        for split, rows in splits.items():
            table(rows).to_parquet(folder / f"{split}.parquet", index=False)
        write_json(folder / "labels.json", names)
    write_table(DISTRIBUTION, distribution)
    write_json(METRICS, metrics)
    rows = metrics["rows"]
    print(
        f"prepare: {source}: {rows['train']:,} + {rows['validation']:,} + {rows['test']:,} rows, {len(names)} labels, "
        f"{metrics['leaked_train_rows']} training texts are evaluated on, {metrics['dropped_train_rows']} dropped"
    )


if __name__ == "__main__":
    main()
