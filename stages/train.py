"""Fine-tune an encoder on the tokens, keep its best epoch."""

import shutil
import time
from functools import partial
from pathlib import Path

import pandas as pd
import torch
from datasets import Dataset
from transformers import set_seed
from transformers.utils import logging

from emotions.artifacts import atomic_write, recover, write_json, write_table
from emotions.data.prepared import PREPARED, SOURCE, read_labels, read_source_sha256, read_texts
from emotions.data.tokens import MEND as TOKENIZE_AGAIN
from emotions.data.tokens import TOKENIZER, TOKENS, read_tokens
from emotions.errors import UserError
from emotions.manifest import MODEL, write_manifest
from emotions.metrics.problem import PROBLEMS, Problem
from emotions.model.classifier import build_classifier
from emotions.model.params import ModelParams
from emotions.model.saved import load_tokenizer
from emotions.params import ProblemParams, flat, read_params
from emotions.stage import Inputs, run_stage
from emotions.training.callbacks import EachEpoch, RowProgress
from emotions.training.curves import best_epoch, training_curves
from emotions.training.devices import (
    attention,
    check_processes,
    end_with_parent,
    resolve_precision,
    start,
    started_by_torchrun,
)
from emotions.training.distillation import TEACHERS
from emotions.training.dropout import set_dropout
from emotions.training.environment import environment
from emotions.training.folds import HELD_OUT
from emotions.training.losses import refuse_other_problem
from emotions.training.params import TrainParams
from emotions.training.resume import begin, end, run_folder, step_of, whole_checkpoints
from emotions.training.trackers import build_trackers
from emotions.training.trainer import build_trainer, training_rows

METRICS = Path("metrics/train.json")
CURVES = Path("plots/training.csv")


def main() -> None:
    if started_by_torchrun():
        end_with_parent()
    model = read_params("model", ModelParams)
    params = read_params("train", TrainParams)
    problem = PROBLEMS[read_params("problem", ProblemParams).type]
    refuse_other_problem(params.loss, problem)
    check_processes(params.processes, params.batch_size)
    precision = resolve_precision(params.precision)
    recover(MODEL)
    inputs = read_inputs(model, params)
    alone = params.processes == 1 and torch.cuda.device_count() <= 1  # the Trainer would use every GPU it sees
    with run_folder(inputs.found) as checkpoints:
        if alone or started_by_torchrun():
            fine_tune(model, params, problem, precision, inputs, checkpoints)
        else:
            start("stages.train", params.processes)


def read_inputs(model: ModelParams, params: TrainParams) -> Inputs:
    """Return all that a training reads, a checkpoint's folder too."""
    paths = [
        PREPARED / "labels.json",
        SOURCE,
        PREPARED / "train.parquet",
        TOKENS,
        TEACHERS / f"{params.distillation.teacher}.json",
        Path(model.checkpoint),
    ]
    return Inputs.read(["problem", "model", "train"], [path for path in paths if path.exists()])


def fine_tune(
    model: ModelParams, params: TrainParams, problem: Problem, precision: str, inputs: Inputs, checkpoints: Path
) -> None:
    """Train in this process, alone or with others; the first of them writes the outputs."""
    if params.threads:
        torch.set_num_threads(params.threads)
    trackers = build_trackers(params.report_to)
    names = read_labels()
    tokenizer = load_tokenizer(TOKENIZER, TOKENIZE_AGAIN)
    tokens = {split: Dataset(read_tokens(split, len(names), len(tokenizer))) for split in ("train", "validation")}
    texts = read_texts("train")
    if list(texts) != list(tokens["train"]["id"]):
        raise UserError(f"{TOKENS}: expected the training comments of {PREPARED}; found others: dvc repro tokenize")
    tokens["train"] = training_rows(tokens["train"], list(texts.values()), names, read_source_sha256(), params)
    logging.set_verbosity_error()  # else a table warns that the head is new, as it should be
    logging.disable_progress_bar()  # weights load and save in a moment; rows have a bar of their own
    set_seed(params.seed)
    dropout = partial(set_dropout, params=params.dropout)
    classifier = build_classifier(model, names, problem.type, tokenizer, params.pooling, dropout)
    trainer = build_trainer(classifier, tokenizer, tokens, params, precision, checkpoints)
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

    with trainer.accelerator.main_process_first():
        if trainer.is_world_process_zero():
            machine = {"folder": str(checkpoints.parent), "processes": run["processes"], **environment(precision)}
            for sentence in begin(checkpoints, inputs.found | flat("machine: ", machine)):
                print(f"train: {sentence}")
    whole = whole_checkpoints(checkpoints)

    began = time.monotonic()
    try:
        trainer.train(resume_from_checkpoint=str(whole[0]) if whole else None)
        inputs.refuse_changes()
    except UserError:  # it would end there again
        if not training_curves(trainer.state.log_history).empty:  # else what stands there is an earlier run's
            for told in (CURVES, METRICS):
                told.unlink(missing_ok=True)
        shutil.rmtree(checkpoints, ignore_errors=True)
        raise
    finally:
        trainer.pop_callback(RowProgress).close()
    seconds = time.monotonic() - began
    weights = trainer.accelerator.get_state_dict(trainer.model_wrapped)  # from all processes, where they share them
    trainer.accelerator.wait_for_everyone()  # until each has loaded the best epoch's checkpoint
    if not trainer.is_world_process_zero():
        return

    with atomic_write(MODEL) as folder:
        classifier.save_pretrained(folder, state_dict=weights)
        tokenizer.save_pretrained(folder)
        write_json(folder / "environment.json", environment(precision))
        if params.held_out_fold != "none":
            write_json(folder / HELD_OUT, {"folds": params.folds, "held_out_fold": params.held_out_fold})
        write_manifest(folder)
    end(checkpoints)
    done_before = step_of(whole[0]) / trainer.state.max_steps if whole else 0
    rows = round(len(tokens["train"]) * params.epochs * (1 - done_before))
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
