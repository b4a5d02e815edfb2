"""Rows per second of this project's training against the seed report's settings: `make benchmark`.

Takes up to 1,024 rows of the tokens that are there. One run interleaves the settings on the same rows, so that a
machine whose speed drifts slows all alike; figures are medians, ratios are taken round by round. Writes
benchmarks/training.json.
"""

import json
import statistics
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq
import torch
from datasets import Dataset
from transformers import AutoTokenizer, TrainerCallback, set_seed

from emotions.artifacts import write_json
from emotions.checkpoint import ModelParams
from emotions.classifier import build_classifier
from emotions.finetuning import TrainParams, build_trainer
from emotions.params import read_params
from emotions.precision import resolve_precision
from emotions.provenance import environment

LABELS = Path("data/prepared/labels.json")
TOKENS = Path("data/tokens")
RESULT = Path("benchmarks/training.json")
ROWS = 1024
ROUNDS = 5


def settings(ours: TrainParams) -> dict[str, tuple[TrainParams, str]]:
    """Return params and precision of each contestant; the seed report's fp16 needs a GPU, without one it is fp32."""
    fast = resolve_precision("auto")
    plain = "fp16" if torch.cuda.is_available() else "fp32"
    return {
        "seed_report": (ours.model_copy(update={"batch_size": 16, "batching": "random"}), plain),
        "fp32_random_batches": (ours.model_copy(update={"batching": "random"}), "fp32"),
        "this_project": (ours, fast),
    }


class EpochClock(TrainerCallback):
    """Seconds of the last epoch, from its first step to its last."""

    def on_epoch_begin(self, args, state, control, **kwargs):
        self.start = time.perf_counter()

    def on_epoch_end(self, args, state, control, **kwargs):
        self.seconds = time.perf_counter() - self.start


def rows_per_second(
    tokens: Dataset, names: list[str], model: ModelParams, params: TrainParams, precision: str
) -> float:
    """Return the speed of a second epoch over the rows; the first builds the kernels for each batch's shape."""
    tokenizer = AutoTokenizer.from_pretrained(TOKENS / "tokenizer")
    set_seed(params.seed)
    classifier = build_classifier(model, names, tokenizer)
    two_epochs = params.model_copy(update={"epochs": 2})
    clock = EpochClock()
    with tempfile.TemporaryDirectory() as checkpoints:
        splits = {"train": tokens, "validation": tokens}
        trainer = build_trainer(classifier, tokenizer, splits, two_epochs, precision, Path(checkpoints))
        trainer.args.eval_strategy = trainer.args.save_strategy = "no"
        trainer.args.load_best_model_at_end = False
        trainer.add_callback(clock)
        trainer.train()
    return len(tokens) / clock.seconds


def main() -> None:
    model, ours = read_params("model", ModelParams), read_params("train", TrainParams)
    names = json.loads(LABELS.read_text(encoding="utf-8"))
    table = pq.read_table(TOKENS / "train.parquet", columns=["input_ids", "labels", "length"])
    step = max(len(table) // ROWS, 1)
    tokens = Dataset(table).select(range(0, len(table), step)[:ROWS])  # spread out, so that rare labels are in
    contestants = settings(ours)

    speeds = {name: [] for name in contestants}
    for number in range(1, ROUNDS + 1):
        for name, (params, precision) in contestants.items():
            speeds[name].append(rows_per_second(tokens, names, model, params, precision))
            print(f"round {number} of {ROUNDS}: {name}: {speeds[name][-1]:.1f} rows/s ({precision})", flush=True)
    ratios = {
        name: [fast / slow for fast, slow in zip(speeds["this_project"], speeds[name], strict=True)]
        for name in contestants
        if name != "this_project"
    }

    surroundings = environment(contestants["this_project"][1])
    write_json(
        RESULT,
        {
            "checkpoint": model.checkpoint,
            "rows": len(tokens),
            "rounds": ROUNDS,
            "rows_per_second": {name: round(statistics.median(values), 1) for name, values in speeds.items()},
            "ratio_to": {
                name: {
                    "median": round(statistics.median(values), 2),
                    "minimum": round(min(values), 2),
                    "maximum": round(max(values), 2),
                }
                for name, values in ratios.items()
            },
            "plain_precision": contestants["seed_report"][1],
            "machine": {key: surroundings[key] for key in ("cpu", "device", "threads", "precision")},
        },
    )
    for name, values in ratios.items():
        print(f"this project against {name}: {statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})")


if __name__ == "__main__":
    main()
