"""Turn comments into token ids, label ids into multi-hot targets."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow.parquet as pq
from datasets import Dataset, Features, List, Value
from pydantic import Field
from transformers import AddedToken, AutoTokenizer, PreTrainedTokenizerBase

from emotions.artifacts import whole, write_json
from emotions.checkpoint import CheckpointError, ModelParams, pretrained
from emotions.params import Section, read_params

PREPARED = Path("data/prepared")
TOKENS = Path("data/tokens")
METRICS = Path("metrics/tokenize.json")

SPLITS = ("train", "validation", "test")
PLACEHOLDERS = ("[NAME]", "[RELIGION]")  # GoEmotions' masks: a word each, not five pieces of brackets and letters


class TokenizeParams(Section):
    max_length: Annotated[int, Field(ge=3)]  # [CLS], one token, [SEP]


def multi_hot(ids: list[list[int]], count: int) -> np.ndarray:
    """Return (rows, count) float32 targets, 1 where a row carries the label: the loss takes no integers."""
    targets = np.zeros((len(ids), count), dtype=np.float32)
    for row, labels in enumerate(ids):
        targets[row, labels] = 1.0
    return targets


def tokenized(rows: Dataset, tokenizer: PreTrainedTokenizerBase, label_count: int) -> Dataset:
    """Return columns id, input_ids, labels (multi-hot), length (tokens), truncated; padding comes with the batch.

    Rows are cut at the tokenizer's model_max_length.
    """

    def encode(batch: dict) -> dict:
        encoding = tokenizer(
            batch["text"],
            truncation=True,
            return_attention_mask=False,
            return_token_type_ids=False,
        )
        return {
            "id": batch["id"],
            "input_ids": encoding["input_ids"],
            "labels": multi_hot(batch["labels"], label_count),
            "length": [len(ids) for ids in encoding["input_ids"]],
            "truncated": [bool(row.overflowing) for row in encoding.encodings],
        }

    features = Features(
        {
            "id": Value("string"),
            "input_ids": List(Value("int32")),
            "labels": List(Value("float32")),
            "length": Value("int32"),
            "truncated": Value("bool"),
        }
    )
    return rows.map(
        encode, batched=True, remove_columns=rows.column_names, features=features, keep_in_memory=True, desc="tokenize"
    )


def token_metrics(splits: dict[str, Dataset]) -> dict:
    """Return, per split, the mean and 95th percentile of tokens per row and the share of rows cut at max_length."""
    return {
        split: {
            "tokens_mean": float(np.mean(rows["length"])),
            "tokens_p95": float(np.percentile(rows["length"], 95)),
            "truncated_share": float(np.mean(rows["truncated"])),
        }
        for split, rows in splits.items()
    }


def main() -> None:
    model = read_params("model", ModelParams)
    params = read_params("tokenize", TokenizeParams)
    names = json.loads((PREPARED / "labels.json").read_text(encoding="utf-8"))
    rows = {split: Dataset(pq.read_table(PREPARED / f"{split}.parquet")) for split in SPLITS}
    try:
        tokenizer = pretrained(AutoTokenizer, model)
    except CheckpointError as error:
        raise SystemExit(str(error)) from None
    if params.max_length > tokenizer.model_max_length:
        raise SystemExit(
            f"tokenize.max_length={params.max_length} is beyond the {tokenizer.model_max_length} tokens that "
            f"{model.checkpoint} reads; dvc exp run -S tokenize.max_length={tokenizer.model_max_length}"
        )

    tokenizer.model_max_length = params.max_length  # saved with it: training, evaluation and predictor cut alike
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in PLACEHOLDERS])
    tokens = {split: tokenized(rows[split], tokenizer, len(names)) for split in SPLITS}
    metrics = token_metrics(tokens)

    with whole(TOKENS) as folder:
        folder.mkdir()
        for split, table in tokens.items():
            table.to_parquet(folder / f"{split}.parquet")
        tokenizer.save_pretrained(folder / "tokenizer")
    write_json(METRICS, metrics)
    train = metrics["train"]
    print(
        f"tokenize: {model.checkpoint}: {train['tokens_mean']:.1f} tokens a training row, 95 % have at most "
        f"{train['tokens_p95']:.0f}, {train['truncated_share']:.2%} cut at {params.max_length}"
    )


if __name__ == "__main__":
    main()
