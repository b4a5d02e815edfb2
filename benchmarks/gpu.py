"""Rows a second and memory of training on one GPU, against the BERT-base report's recipe: `python -m benchmarks.gpu`.

The weights of params.yaml and a BERT of base size with random weights, which train at the speed of any others; nothing
is downloaded. Takes about two minutes on a data-centre GPU and writes benchmarks/gpu.json.
"""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from datasets import Dataset
from transformers import AutoTokenizer, BertConfig, BertModel
from transformers.utils import logging

from benchmarks.measured import spread
from benchmarks.training import (
    EpochClock,
    limit_gflops,
    settings,
    slice_of,
    tokenized_source,
    training_operations,
    two_epochs,
)
from benchmarks.workspace import source_here
from emotions.artifacts import write_json
from emotions.errors import UserError, exit_in_words
from emotions.model.params import ModelParams
from emotions.params import read_params
from emotions.training.environment import environment
from emotions.training.params import TrainParams

RESULT = Path("benchmarks/gpu.json")
ROWS = 1536
PAIRS = 3
REPORT = {"rows_per_second": 208, "device": "Tesla T4"}  # what the BERT-base report states of its own training


@contextmanager
def random_bert(tokenizer_folder: Path) -> Iterator[ModelParams]:
    """Yield a BERT of base size, 110 million random weights, with the tokenizer's vocabulary, as a checkpoint."""
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
    with TemporaryDirectory(prefix="bert-") as folder:
        BertModel(BertConfig(vocab_size=len(tokenizer))).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        yield ModelParams(checkpoint=folder, revision=None)


def trained(folder: Path, rows: Dataset, model: ModelParams, params: TrainParams, precision: str) -> dict[str, float]:
    """Train two epochs; return the second's rows a second, the peak of allocated memory and the operations a row."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    with two_epochs(folder, rows, model, params, precision) as trainer:
        clock = EpochClock(trainer)
        trainer.add_callback(clock)
        trainer.train()
    return {
        "rows_per_second": len(rows) / clock.seconds,
        "peak_memory_mib": torch.cuda.max_memory_allocated() / 2**20,
        "operations_per_row": training_operations(trainer.model.config, list(rows["length"])) / len(rows),
    }


def summary(runs: list[dict[str, float]], limit: float) -> dict:
    """Return the median and the ends of some runs of one setting; `limit` is the machine's GFLOP/s."""
    speed = [run["rows_per_second"] for run in runs]
    share = statistics.median(speed) * runs[0]["operations_per_row"] / limit / 1e9
    return {
        "rows_per_second": spread(speed, 1),
        "peak_memory_mib": round(max(run["peak_memory_mib"] for run in runs)),
        "limit_share": round(share, 3),
    }


def main() -> None:
    if not torch.cuda.is_available():
        raise UserError("no CUDA GPU here: nothing was measured; on a machine with one, python -m benchmarks.gpu")
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    contestants = settings()
    precision = contestants["this_project"][1]
    pretrained = read_params("model", ModelParams)
    result = {}
    with tokenized_source() as folder, random_bert(folder / "data/tokens/tokenizer") as bert:
        rows = slice_of(folder / "data/tokens", contestants["this_project"][0].batch_size, ROWS)
        limit = limit_gflops(precision)
        for size, model in {Path(pretrained.checkpoint).name: pretrained, "bert-base-random": bert}.items():
            runs = {name: [] for name in contestants}
            for number in range(1, PAIRS + 1):
                for name, (params, kind) in contestants.items():
                    runs[name].append(trained(folder, rows, model, params, kind))
                    speed = runs[name][-1]["rows_per_second"]
                    print(f"{size}, pair {number} of {PAIRS}: {name}: {speed:.0f} rows/s ({kind})", flush=True)
            result[size] = {name: summary(of_one, limit) for name, of_one in runs.items()}
            ratios = [
                fast["rows_per_second"] / slow["rows_per_second"]
                for fast, slow in zip(runs["this_project"], runs["bert_base_report"], strict=True)
            ]
            result[size]["ratio"] = spread(ratios, 2)

    surroundings = environment(precision)
    content = {
        "models": result,
        "report": REPORT,
        "source": source_here(),
        "rows": len(rows),
        "batch_size": {name: params.batch_size for name, (params, _) in contestants.items()},
        "precision": {name: kind for name, (_, kind) in contestants.items()},
        "limit_gflops": round(limit),
        "machine": {key: surroundings[key] for key in ("cpu", "device", "threads")},
        "packages": surroundings["packages"],
    }
    write_json(RESULT, content)
    print(f"gpu: {RESULT}: {surroundings['device']}, limit {content['limit_gflops']:,} GFLOP/s in {precision}")


if __name__ == "__main__":
    exit_in_words(main)
