"""Turn comments into token ids, label ids into multi-hot targets."""

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from tqdm import tqdm
from transformers import AddedToken, PreTrainedTokenizerBase

from emotions.artifacts import atomic_write, write_json
from emotions.data.params import TokenizeParams
from emotions.data.prepared import PREPARED, count_comments, read_comments, read_labels
from emotions.data.targets import multi_hot
from emotions.data.tokens import TABLE, TOKENS
from emotions.errors import UserError
from emotions.model.checkpoint import pretrained_tokenizer
from emotions.model.params import ModelParams
from emotions.model.vocabulary import PLACEHOLDERS, emojis_of
from emotions.params import read_params
from emotions.progress import row_bar
from emotions.stage import Inputs, run_stage

METRICS = Path("metrics/tokenize.json")

SPLITS = ("train", "validation", "test")

BATCH = 10_000  # rows in memory at a time


def encoded(batch: dict[str, list], tokenizer: PreTrainedTokenizerBase, label_count: int) -> pa.Table:
    """Return columns id, input_ids, labels (multi-hot), length (tokens), truncated; padding comes with the batch.

    Rows are cut at the tokenizer's model_max_length. The tokenizer spreads the rows over the cores by itself.
    """
    encoding = tokenizer(batch["text"], truncation=True, return_attention_mask=False, return_token_type_ids=False)
    targets = multi_hot(batch["labels"], label_count).astype(np.float32)  # the loss takes no integers
    ends = np.arange(len(targets) + 1, dtype=np.int32) * label_count
    columns = {
        "id": batch["id"],
        "input_ids": encoding["input_ids"],
        "labels": pa.ListArray.from_arrays(ends, targets.ravel()),
        "length": [len(ids) for ids in encoding["input_ids"]],
        "truncated": [bool(row.overflowing) for row in encoding.encodings],
    }
    return pa.table(columns, schema=TABLE)


def training_emojis() -> list[str]:
    """Return each emoji of the training comments once, in the order of Unicode."""
    found = set()
    for batch in read_comments("train", BATCH, ["text"], 0):
        found |= emojis_of(batch["text"].to_pylist())
    return sorted(found)


def write_tokens(
    split: str, target: Path, tokenizer: PreTrainedTokenizerBase, label_count: int, bar: tqdm
) -> tuple[np.ndarray, int]:
    """Write a split's tokens a batch at a time; return how many rows have each length, and how many were cut."""
    lengths, cut = np.zeros(tokenizer.model_max_length + 1, dtype=np.int64), 0
    with pq.ParquetWriter(target, TABLE) as writer:
        for batch in read_comments(split, BATCH, ["id", "text", "labels"], label_count):
            table = encoded(batch.to_pydict(), tokenizer, label_count)
            writer.write_table(table)
            lengths += np.bincount(table["length"].to_numpy(), minlength=len(lengths))
            cut += pc.sum(table["truncated"]).as_py()
            bar.update(len(table))
    return lengths, cut


def percentile(counts: np.ndarray, percent: float) -> float:
    """Return np.percentile of the numbers 0, 1, 2, … of which `counts` says how often each stands there."""
    place = (counts.sum() - 1) * percent / 100
    below, above = np.searchsorted(counts.cumsum(), [math.floor(place), math.ceil(place)], side="right")
    return float(below + (above - below) * (place % 1))


def token_metrics(lengths: np.ndarray, cut: int) -> dict[str, float]:
    """Return the mean and 95th percentile of tokens per row and the share of rows cut at max_length."""
    rows = lengths.sum()
    return {
        "tokens_mean": float(lengths @ np.arange(len(lengths)) / rows),
        "tokens_p95": percentile(lengths, 95),
        "truncated_share": float(cut / rows),
    }


def main() -> None:
    model = read_params("model", ModelParams)
    params = read_params("tokenize", TokenizeParams)
    inputs = Inputs.read(["model", "tokenize"], [PREPARED])
    names = read_labels()
    rows = sum(count_comments(split) for split in SPLITS)
    tokenizer = pretrained_tokenizer(model)
    if params.max_length > tokenizer.model_max_length:
        raise UserError(
            f"tokenize.max_length={params.max_length} is beyond the {tokenizer.model_max_length} tokens that "
            f"{model.checkpoint} reads; dvc exp run -S tokenize.max_length={tokenizer.model_max_length}"
        )

    tokenizer.model_max_length = params.max_length  # saved with it: training, evaluation and EmotionModel cut alike
    added = [*PLACEHOLDERS, *(training_emojis() if params.emoji_tokens else ())]
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in added])

    with atomic_write(TOKENS) as folder, row_bar(rows, "tokenize") as bar:
        folder.mkdir()
        metrics = {
            split: token_metrics(*write_tokens(split, folder / f"{split}.parquet", tokenizer, len(names), bar))
            for split in SPLITS
        }
        tokenizer.save_pretrained(folder / "tokenizer")
        inputs.refuse_changes()
    write_json(METRICS, metrics)
    train = metrics["train"]
    print(
        f"tokenize: {model.checkpoint}: {train['tokens_mean']:.1f} tokens a training row, 95 % have at most "
        f"{train['tokens_p95']:.0f}, {train['truncated_share']:.2%} cut at {params.max_length}"
    )


if __name__ == "__main__":
    run_stage("tokenize", main)
