"""Fine-tune an encoder on the tokens, keep its best epoch."""

import json
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq
import torch
from datasets import Dataset
from transformers import AutoTokenizer, set_seed
from transformers.utils import logging

from emotions.artifacts import whole, write_json, write_table
from emotions.checkpoint import CheckpointError, ModelParams
from emotions.classifier import build_classifier
from emotions.finetuning import Diverged, TrainParams, best_epoch, build_trainer, training_curves
from emotions.params import read_params
from emotions.precision import ImpossiblePrecision, resolve_precision
from emotions.provenance import environment

LABELS = Path("data/prepared/labels.json")
TOKENS = Path("data/tokens")
MODEL = Path("data/model")
METRICS = Path("metrics/train.json")
CURVES = Path("plots/training.csv")


def main() -> None:
    model = read_params("model", ModelParams)
    params = read_params("train", TrainParams)
    try:
        precision = resolve_precision(params.precision)
    except ImpossiblePrecision as error:
        raise SystemExit(str(error)) from None
    if params.threads:
        torch.set_num_threads(params.threads)
    names = json.loads(LABELS.read_text(encoding="utf-8"))
    tokenizer = AutoTokenizer.from_pretrained(TOKENS / "tokenizer")
    tokens = {
        split: Dataset(pq.read_table(TOKENS / f"{split}.parquet", columns=["input_ids", "labels", "length"]))
        for split in ("train", "validation")
    }
    logging.set_verbosity_error()  # else a table warns that the head is new, as it should be
    logging.disable_progress_bar()  # weights load and save in a moment; rows have a bar of their own
    set_seed(params.seed)
    try:
        classifier = build_classifier(model, names, tokenizer)
    except CheckpointError as error:
        raise SystemExit(str(error)) from None

    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=".train-", dir=MODEL.parent) as checkpoints:
        trainer = build_trainer(classifier, tokenizer, tokens, params, precision, Path(checkpoints))
        try:
            trainer.train()
        except Diverged as error:
            raise SystemExit(str(error)) from None
    seconds = time.monotonic() - start
    curves = training_curves(trainer.state.log_history)
    best = best_epoch(curves, params.best_epoch_by)

    with whole(MODEL) as folder:
        classifier.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        write_json(folder / "environment.json", environment(precision))
    write_table(CURVES, curves)
    write_json(
        METRICS,
        {
            "best_epoch": int(best["epoch"]),
            "train_loss": float(best["train_loss"]),
            "validation_loss": float(best["validation_loss"]),
            "validation_mean_average_precision": float(best["mean_average_precision"]),
            "parameters": classifier.num_parameters(),
            "precision": precision,
            "threads": torch.get_num_threads(),
        },
    )
    rows = len(tokens["train"]) * params.epochs
    print(
        f"train: {rows:,} rows in {seconds / 60:.1f} min ({rows / seconds:.0f} rows/s in {precision}, validation "
        f"included), best epoch {best['epoch']:.0f}: validation mAP {best['mean_average_precision']:.4f}"
    )


if __name__ == "__main__":
    main()
