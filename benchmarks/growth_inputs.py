"""Lay what a stage reads and training would have made: `python -m benchmarks.growth_inputs FOLDER encoder|predictions`.

A process of its own, since Linux counts a parent's memory into the peak of the stage that it starts.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

from emotions.inference.predictions import Predictions, save_predictions
from emotions.manifest import write_manifest


def write_encoder(folder: Path, names: list[str]) -> None:
    """Write data/model/classifier, a tiny untrained encoder, so that what evaluate costs is the stage's own work."""
    tokenizer = AutoTokenizer.from_pretrained(folder / "data/tokens/tokenizer")
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=len(names),
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
        logits = np.log(share / (1 - share)) + 2 * truth + random.standard_normal(truth.shape, dtype=np.float32)
        predictions = Predictions(truth, 1 / (1 + np.exp(-logits)), np.arange(rows).astype("U8"), np.array(names))
        save_predictions(folder / f"data/predictions/{split}.npz", predictions)


def main() -> None:
    folder, what = Path(sys.argv[1]), sys.argv[2]
    names = json.loads((folder / "data/prepared/labels.json").read_text(encoding="utf-8"))
    {"encoder": write_encoder, "predictions": write_predictions}[what](folder, names)


if __name__ == "__main__":
    main()
