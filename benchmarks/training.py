"""Rows a second of this project's training against the BERT-base report's recipe: `make benchmark`.

Both train the same weights on the same rows in turn, so that a machine whose speed drifts slows both alike; ratios
are taken pair by pair. Beside them the machine's own limit, its largest matrix product. Writes
benchmarks/training.json.
"""

import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as pq
import torch
from datasets import Dataset
from transformers import AutoTokenizer, PreTrainedConfig, Trainer, TrainerCallback, set_seed
from transformers.utils import logging

from benchmarks.measured import spread
from benchmarks.workspace import run_stage, source_here, workspace
from emotions.artifacts import write_json
from emotions.data.corpus import RAW
from emotions.errors import exit_in_words
from emotions.experiments.runs import RUNS, read_base
from emotions.metrics.problem import MULTI_LABEL
from emotions.model.classifier import build_classifier
from emotions.model.params import ModelParams
from emotions.params import read_params
from emotions.reporting.tables import speed_table
from emotions.training.devices import resolve_precision
from emotions.training.dropout import set_dropout
from emotions.training.environment import environment
from emotions.training.params import DropoutParams, TrainParams
from emotions.training.trainer import build_trainer

RESULT = Path("benchmarks/training.json")
ROWS = 1536
PAIRS = 5
TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

# What the BERT-base report states; what it does not is BERT's own or the Trainer's default.
BERT_BASE_REPORT = {
    "batch_size": 16,
    "batching": "random",
    "pooling": "first",
    "learning_rate": 2e-5,
    "head_learning_rate": 2e-5,
    "warmup_share": 0.0,
    "weight_decay": 0.01,
    "classifier_bias": "zero",
    "dropout": DropoutParams(hidden=0.1, attention=0.1, mask="token"),
    "attention": "sdpa",
}


def settings() -> dict[str, tuple[TrainParams, str]]:
    """Return params and precision of both; the BERT-base report's fp16 needs a GPU, without one it is fp32.

    Ours are those of params.yaml with the batch size of the recorded GoEmotions runs.
    """
    batch_size = read_base(RUNS)["train.batch_size"]
    ours = read_params("train", TrainParams).model_copy(update={"batch_size": batch_size})
    plain = "fp16" if torch.cuda.is_available() else "fp32"
    return {
        "bert_base_report": (ours.model_copy(update=BERT_BASE_REPORT), plain),
        "this_project": (ours, resolve_precision(ours.precision)),
    }


@contextmanager
def tokenized_source() -> Iterator[Path]:
    """Yield a folder with data/prepared and data/tokens of GoEmotions, or of starter where that is not here."""
    source = source_here()
    with workspace(source) as folder:
        (folder / RAW).mkdir(parents=True)
        (folder / RAW / source).symlink_to((RAW / source).absolute())
        for stage in ("prepare", "tokenize"):
            run_stage(folder, stage)
        yield folder


def slice_of(tokens: Path, batch_size: int, rows: int) -> Dataset:
    """Return about `rows` training rows, fewer where the source has fewer: whole batches of one length.

    They are spread evenly over the batches that this project cuts the whole source into, so that padding is what it
    is over all rows.
    """
    table = pq.read_table(tokens / "train.parquet", columns=["input_ids", "labels", "length"])
    by_length = np.argsort(table["length"].to_numpy(), kind="stable")
    batches = by_length[: len(table) // batch_size * batch_size].reshape(-1, batch_size)
    wanted = min(rows // batch_size, len(batches))
    middles = (np.arange(wanted) + 0.5) * len(batches) / wanted
    return Dataset(table).select(batches[middles.astype(int)].ravel())


class EpochClock(TrainerCallback):
    """Seconds of the last epoch, from its first step to its last, with the tokens that its batches held."""

    def __init__(self, trainer: Trainer):
        self.collate = trainer.data_collator
        trainer.data_collator = self.batch

    def batch(self, rows: list[dict]) -> dict:
        batch = self.collate(rows)
        self.tokens += batch["input_ids"].numel()
        return batch

    def on_epoch_begin(self, args, state, control, **kwargs):
        self.tokens = 0
        self.start = time.perf_counter()

    def on_epoch_end(self, args, state, control, **kwargs):
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.seconds = time.perf_counter() - self.start


@contextmanager
def two_epochs(
    folder: Path, rows: Dataset, model: ModelParams, params: TrainParams, precision: str
) -> Iterator[Trainer]:
    """Yield a Trainer of the rows; the first epoch builds the kernels for each batch's shape, the second is timed."""
    tokenizer = AutoTokenizer.from_pretrained(folder / "data/tokens/tokenizer")
    names = json.loads((folder / "data/prepared/labels.json").read_text(encoding="utf-8"))
    set_seed(params.seed)
    dropout = partial(set_dropout, params=params.dropout)
    classifier = build_classifier(model, names, MULTI_LABEL, tokenizer, params.pooling, dropout)
    params = params.model_copy(update={"epochs": 2})
    with TemporaryDirectory() as checkpoints:
        splits = {"train": rows, "validation": rows}
        trainer = build_trainer(classifier, tokenizer, splits, params, precision, Path(checkpoints))
        trainer.args.eval_strategy = trainer.args.save_strategy = "no"
        trainer.args.load_best_model_at_end = False
        yield trainer


def training_operations(config: PreTrainedConfig, lengths: list[int]) -> int:
    """Return the floating-point operations of the encoder's matrix products for one pass over rows of these lengths.

    A token costs each layer 4 products with hidden x hidden weights and 2 with hidden x intermediate, two operations
    a weight; a pair of tokens costs 2 x 2 x hidden for scores and weighted values. Backward takes twice the forward.
    Embeddings, norms, pooler and classifier are left out: below 1 % of the sum.
    """
    hidden, wide = config.hidden_size, config.intermediate_size
    tokens, pairs = sum(lengths), sum(length**2 for length in lengths)
    forward = config.num_hidden_layers * (tokens * 2 * (4 * hidden**2 + 2 * hidden * wide) + pairs * 4 * hidden)
    return 3 * forward  # MiniLM-L6: 64 million a token


def limit_gflops(precision: str) -> float:
    """Return the speed of the fastest square matrix product of this machine, the best of some sizes and tries."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    best = 0.0
    for size in (1024, 2048, 4096) if device == "cpu" else (4096, 8192):
        left, right = (torch.randn(size, size, device=device).to(TYPES[precision]) for _ in range(2))
        for _ in range(10):
            start = time.perf_counter()
            left @ right
            if device == "cuda":
                torch.cuda.synchronize()
            best = max(best, 2 * size**3 / (time.perf_counter() - start) / 1e9)
    return best


def main() -> None:
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    contestants = settings()
    model = read_params("model", ModelParams)
    fast = contestants["this_project"][1]
    speeds = {name: [] for name in contestants}
    padding = {}
    limits = []
    with tokenized_source() as folder:
        rows = slice_of(folder / "data/tokens", contestants["this_project"][0].batch_size, ROWS)
        lengths = list(rows["length"])
        for number in range(1, PAIRS + 1):
            for name, (params, precision) in contestants.items():
                with two_epochs(folder, rows, model, params, precision) as trainer:
                    clock = EpochClock(trainer)
                    trainer.add_callback(clock)
                    trainer.train()
                speeds[name].append(len(rows) / clock.seconds)
                padding[name] = 1 - sum(lengths) / clock.tokens
                print(f"pair {number} of {PAIRS}: {name}: {speeds[name][-1]:.1f} rows/s ({precision})", flush=True)
            limits.append(limit_gflops(fast))
    ratios = [fast / slow for fast, slow in zip(speeds["this_project"], speeds["bert_base_report"], strict=True)]
    median = {name: statistics.median(values) for name, values in speeds.items()}
    operations = training_operations(trainer.model.config, lengths) / len(rows)  # a row

    surroundings = environment(fast)
    result = {
        "checkpoint": model.checkpoint,
        "source": source_here(),
        "rows": len(rows),
        "batch_size": {name: params.batch_size for name, (params, _) in contestants.items()},
        "pairs": PAIRS,
        "rows_per_second": {name: spread(values, 1) for name, values in speeds.items()},
        "tokens_per_second": {name: round(value * sum(lengths) / len(rows)) for name, value in median.items()},
        "padding_share": {name: round(share, 3) for name, share in padding.items()},
        "ratio": spread(ratios, 2),
        "operations_per_row": round(operations),
        "limit_gflops": round(max(limits)),
        "limit_share": {name: round(value * operations / max(limits) / 1e9, 3) for name, value in median.items()},
        "precision": {name: precision for name, (_, precision) in contestants.items()},
        "machine": {key: surroundings[key] for key in ("cpu", "device", "threads")},
    }
    write_json(RESULT, result)
    print(
        f"\n{speed_table(result)}\n\nthis project against the BERT-base report: {result['ratio']['median']} "
        f"({result['ratio']['minimum']} to {result['ratio']['maximum']}); "
        f"limit: {result['limit_gflops']} GFLOP/s in {fast}"
    )


if __name__ == "__main__":
    exit_in_words(main)
