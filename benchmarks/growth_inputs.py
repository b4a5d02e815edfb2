"""Lay what a stage reads and nobody has made: `python -m benchmarks.growth_inputs FOLDER WHAT`, `source LABELS ROWS`.

A process of its own, since Linux counts a parent's memory into the peak of the stage that it starts.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

from benchmarks.workspace import MADE_UP
from emotions.data.corpus import FILES, LABELS, RAW, write_label_names
from emotions.data.targets import multi_hot
from emotions.inference.predictions import Predictions, save_predictions
from emotions.manifest import write_manifest
from emotions.thresholds.search import log_odds

SINGLE = 0.4  # of the rows have one label, the others two
WORDS = 5_000  # of the made-up language


def write_source(folder: Path, labels: int, rows: int) -> None:
    """Write a source of made-up words, labels as uneven as 50 to 1, a tenth of the rows in validation and in test."""
    random = np.random.default_rng(0)
    share = np.geomspace(1, 0.02, labels)
    chosen = random.choice(labels, size=(rows, 2), p=share / share.sum())
    chosen[: 2 * labels, 0] = np.arange(2 * labels) % labels  # each in train
    single = random.random(rows) < SINGLE
    words = np.array(["".join(letters) for letters in random.choice(list("aeiourstln"), size=(WORDS, 6))])
    texts = (" ".join(words[random.zipf(1.3, size) % WORDS]) for size in random.integers(4, 25, rows))
    lines = [
        f"{text}\t{one if alone or one == two else f'{one},{two}'}\t{row}\n"
        for row, (text, (one, two), alone) in enumerate(zip(texts, chosen.tolist(), single.tolist(), strict=True))
    ]
    target = folder / RAW / MADE_UP
    target.mkdir(parents=True)
    parts = {"train": lines[: -2 * (rows // 10)], "validation": lines[-2 * (rows // 10) : -(rows // 10)]}
    parts["test"] = lines[-(rows // 10) :]
    for split, of in parts.items():
        (target / f"{FILES[split]}.tsv").write_text("".join(of), encoding="utf-8")
    write_label_names(folder / LABELS / f"{MADE_UP}.txt", [f"label {number}" for number in range(labels)])


def write_encoder(folder: Path, names: list[str]) -> None:
    """Write data/model/classifier, a tiny untrained encoder, so that what evaluate costs is the stage's own work."""
    tokenizer = AutoTokenizer.from_pretrained(folder / "data/tokens/tokenizer")
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        problem_type="multi_label_classification",
        id2label=dict(enumerate(names)),
    )
    BertForSequenceClassification(config).save_pretrained(folder / "data/model/classifier")
    tokenizer.save_pretrained(folder / "data/model/classifier")
    write_manifest(folder / "data/model/classifier")


def write_predictions(folder: Path, names: list[str]) -> None:
    """Write data/predictions, in validation and again in test as many rows as the splits have together.

    Labels are as uneven as GoEmotions', probabilities lean to the truth.
    """
    rows = sum(pq.ParquetFile(path).metadata.num_rows for path in (folder / "data/prepared").glob("*.parquet"))
    random = np.random.default_rng(0)
    share = np.geomspace(0.33, 0.002, len(names))
    for split in ("validation", "test"):
        truth = (random.random((rows, len(names)), dtype=np.float32) < share).astype(np.uint8)
        truth[0] = 1
        save(folder, split, names, truth, log_odds(share) + 2 * truth, np.arange(rows).astype("U8"), noise=1)


def write_split_predictions(folder: Path, names: list[str]) -> None:
    """Write data/predictions of the rows of validation and of test, with their own ids and labels."""
    for split in ("validation", "test"):
        table = pq.read_table(folder / f"data/prepared/{split}.parquet", columns=["id", "labels"])
        truth = multi_hot(table["labels"].to_pylist(), len(names))
        share = (truth.sum(axis=0) + 1) / (len(truth) + 2)
        said = log_odds(share) + 6 * truth  # with the noise: half of the labels found, a false alarm a row
        save(folder, split, names, truth, said, table["id"].to_numpy().astype(np.str_), noise=2)


def save(
    folder: Path, split: str, names: list[str], truth: np.ndarray, said: np.ndarray, ids: np.ndarray, noise: float
) -> None:
    """Write a split's predictions from log-odds, (rows, labels), and normal noise on them."""
    random = np.random.default_rng(len(split))
    logits = said + noise * random.standard_normal(truth.shape, dtype=np.float32)
    predictions = Predictions(truth, 1 / (1 + np.exp(-logits)), ids, np.array(names))
    save_predictions(folder / f"data/predictions/{split}.npz", predictions)


def main() -> None:
    folder, what, *sizes = Path(sys.argv[1]), *sys.argv[2:]
    if what == "source":
        write_source(folder, *map(int, sizes))
        return
    names = json.loads((folder / "data/prepared/labels.json").read_text(encoding="utf-8"))
    writers = {"encoder": write_encoder, "predictions": write_predictions, "split_predictions": write_split_predictions}
    writers[what](folder, names)


if __name__ == "__main__":
    main()
