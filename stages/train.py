"""Fine-tune an encoder on the tokens, keep its best epoch."""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import torch
from datasets import Dataset
from transformers import AutoTokenizer, set_seed
from transformers.utils import logging

from emotions.artifacts import atomic_write, recover, write_json, write_table
from emotions.errors import UserError
from emotions.model.checkpoint import ModelParams
from emotions.model.classifier import build_classifier
from emotions.params import read_params
from emotions.stage import Inputs, run_stage
from emotions.training.callbacks import EachEpoch
from emotions.training.curves import best_epoch, training_curves
from emotions.training.devices import attention, check_processes, resolve_precision, start, started_by_torchrun
from emotions.training.distillation import TEACHERS
from emotions.training.dropout import set_dropout
from emotions.training.environment import environment
from emotions.training.folds import HELD_OUT
from emotions.training.params import TrainParams
from emotions.training.trackers import build_trackers
from emotions.training.trainer import build_trainer, training_rows

PREPARED = Path("data/prepared")
TOKENS = Path("data/tokens")
MODEL = Path("data/model")
METRICS = Path("metrics/train.json")
CURVES = Path("plots/training.csv")
CHECKPOINTS = Path("data/.train")  # one place for all processes; gone when training ends


@contextmanager
def emptied(folder: Path) -> Iterator[None]:
    """Remove a folder with all that a run that was cut off left in it, and again at the end."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    model = read_params("model", ModelParams)
    params = read_params("train", TrainParams)
    check_processes(params.processes, params.batch_size)
    precision = resolve_precision(params.precision)
    recover(MODEL)
    if started_by_torchrun():
        fine_tune(model, params, precision)
        return
    with emptied(CHECKPOINTS):
        if params.processes > 1 or torch.cuda.device_count() > 1:  # left alone, the Trainer would use every GPU it sees
            start("stages.train", params.processes)
        else:
            fine_tune(model, params, precision)


def fine_tune(model: ModelParams, params: TrainParams, precision: str) -> None:
    """Train in this process, alone or with others; the first of them writes the outputs."""
    if params.threads:
        torch.set_num_threads(params.threads)
    inputs = Inputs.read(
        ["model", "train"],
        [
            PREPARED / "labels.json",
            PREPARED / "train.parquet",
            TOKENS,
            TEACHERS / f"{params.distillation.teacher}.json",
        ],
    )
    trackers = build_trackers(params.report_to)
    names = json.loads((PREPARED / "labels.json").read_text(encoding="utf-8"))
    tokenizer = AutoTokenizer.from_pretrained(TOKENS / "tokenizer")
    tokens = {
        split: Dataset(pq.read_table(TOKENS / f"{split}.parquet", columns=["id", "input_ids", "labels", "length"]))
        for split in ("train", "validation")
    }
    texts = pq.read_table(PREPARED / "train.parquet", columns=["text"])["text"].to_pylist()
    tokens["train"] = training_rows(tokens["train"], texts, names, params)
    logging.set_verbosity_error()  # else a table warns that the head is new, as it should be
    logging.disable_progress_bar()  # weights load and save in a moment; rows have a bar of their own
    set_seed(params.seed)
    dropout = partial(set_dropout, params=params.dropout)
    classifier = build_classifier(model, names, tokenizer, params.pooling, dropout)
    trainer = build_trainer(classifier, tokenizer, tokens, params, precision, CHECKPOINTS)
    run = {
        "parameters": classifier.num_parameters(),
        "precision": precision,
        "attention": attention(classifier),
        "processes": trainer.args.world_size,
        "threads": torch.get_num_threads(),
    }

    def write_curves(curves: pd.DataFrame) -> None:
        write_table(CURVES, curves)
        write_json(METRICS, headline(curves, params.best_epoch_by) | run)

    for callback in (EachEpoch(write_curves), *trackers):
        trainer.add_callback(callback)

    began = time.monotonic()
    trainer.train()
    seconds = time.monotonic() - began
    weights = trainer.accelerator.get_state_dict(trainer.model_wrapped)  # from all processes, where they share them
    trainer.accelerator.wait_for_everyone()  # until each has loaded the best epoch's checkpoint
    if not trainer.is_world_process_zero():
        return
    shutil.rmtree(CHECKPOINTS, ignore_errors=True)  # of a torchrun started by hand, too

    try:
        inputs.refuse_changes()
    except UserError:
        CURVES.unlink()
        METRICS.unlink()
        raise
    with atomic_write(MODEL) as folder:
        classifier.save_pretrained(folder, state_dict=weights)
        tokenizer.save_pretrained(folder)
        write_json(folder / "environment.json", environment(precision))
        if params.held_out_fold != "none":
            write_json(folder / HELD_OUT, {"folds": params.folds, "held_out_fold": params.held_out_fold})
    rows = len(tokens["train"]) * params.epochs
    best = best_epoch(training_curves(trainer.state.log_history), params.best_epoch_by)
    print(
        f"train: {rows:,} rows in {seconds / 60:.1f} min ({rows / seconds:.0f} rows/s in {precision}, validation "
        f"included), best epoch {best['epoch']:.0f}: validation mAP {best['mean_average_precision']:.4f}"
    )


def headline(curves: pd.DataFrame, best_epoch_by: str) -> dict:
    """Return what the best epoch so far came to, from a row an epoch as `training_curves` returns them."""
    best = best_epoch(curves, best_epoch_by)
    return {
        "best_epoch": int(best["epoch"]),
        "train_loss": float(best["train_loss"]),
        "validation_loss": float(best["validation_loss"]),
        "validation_mean_average_precision": float(best["mean_average_precision"]),
    }


if __name__ == "__main__":
    run_stage("train", main)
