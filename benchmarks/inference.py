"""Comments a second of using a model, and how long one alone takes: `python -m benchmarks.inference`.

The workspace's model in data/model as transformers.pipeline computes it, at batch 1 and 32, and as EmotionModel does;
its export in models/exported, float32 and int8, as EmotionModel does. The same comments of its test split in rounds, in
turn, each time in a process of its own, so that no library's threads disturb another's and a machine whose speed drifts
slows all alike; ratios are taken round by round. Once a round a whole process answers one, as people type it.
Writes benchmarks/inference.json.
"""

import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from tokenizers import Tokenizer

from benchmarks.measured import cpu_name, spread
from emotions.artifacts import write_json
from emotions.errors import UserError, exit_in_words
from emotions.inference.emotion_model import EmotionModel
from emotions.params import read_sections
from emotions.reporting.tables import inference_table

RESULT = Path("benchmarks/inference.json")
COMMENTS = Path("data/prepared/test.parquet")
TRAINED = Path("data/model/classifier")
EXPORTED = Path("models/exported")
ROWS = 1000
ALONE = 150  # comments computed one by one
WARM = 64
ROUNDS = 5
NAMES = ("pipeline_1", "pipeline_32", "trained", "fp32", "int8")


def texts() -> list[str]:
    """Return ROWS comments spread over the test split, all where it has fewer; raises UserError without a run."""
    for path in (COMMENTS, TRAINED, EXPORTED):
        if not path.exists():
            raise UserError(
                f"{path}: expected a run and its export; found none: dvc repro, then python -m emotions export"
            )
    comments = pq.read_table(COMMENTS, columns=["text"])["text"].to_pylist()
    places = np.linspace(0, len(comments) - 1, min(ROWS, len(comments))).astype(int)
    return [comments[place] for place in places]


def measure(name: str, comments: list[str]) -> dict:
    """Return comments a second, milliseconds of each of ALONE comments, and the tokenizer's share.

    The share is the seconds in which the tokenizer alone reads all comments, of those that all of it takes.
    """
    if name.startswith("pipeline"):
        from transformers import pipeline

        import emotions.model.pooling  # noqa: F401 (transformers knows mean pooling then)

        batch = int(name.removeprefix("pipeline_"))
        classify = pipeline("text-classification", model=str(TRAINED), top_k=None)

        def compute(given: list[str]) -> object:
            return classify(given, batch_size=batch, truncation=True)
    else:
        folder = TRAINED.parent if name == "trained" else EXPORTED / name
        compute = EmotionModel.load(folder).predict_proba

    compute(comments[:WARM])
    began = time.perf_counter()
    compute(comments)
    seconds = time.perf_counter() - began
    alone = []
    for comment in comments[:ALONE]:
        began = time.perf_counter()
        compute([comment])
        alone.append(1000 * (time.perf_counter() - began))
    return {
        "comments_per_second": len(comments) / seconds,
        "alone": alone,
        "tokenizer": _tokenizing(comments) / seconds,
    }


def _tokenizing(comments: list[str]) -> float:
    tokenizer = Tokenizer.from_file(str(EXPORTED / "int8/tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.encode_batch_fast(comments[:WARM])
    began = time.perf_counter()
    tokenizer.encode_batch_fast(comments)
    return time.perf_counter() - began


def first_answer() -> float:
    """Return the seconds of `python -m emotions predict` with the int8 export, from start to end of its process."""
    command = [sys.executable, "-m", "emotions", "predict", "--model", str(EXPORTED / "int8"), "So happy for you!"]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def summary(rounds: dict[str, list[dict]]) -> dict:
    """Return speeds, latencies, the tokenizer's shares, and ratios to both pipelines, from each name's rounds."""
    speeds = {name: [one["comments_per_second"] for one in of_name] for name, of_name in rounds.items()}
    alone = {name: np.concatenate([one["alone"] for one in of_name]) for name, of_name in rounds.items()}
    return {
        "comments_per_second": {name: spread(values, 1) for name, values in speeds.items()},
        "milliseconds_alone": {
            name: {"p50": round(float(np.percentile(values, 50)), 2), "p99": round(float(np.percentile(values, 99)), 2)}
            for name, values in alone.items()
        },
        "tokenizer_share": {
            name: round(float(np.median([one["tokenizer"] for one in rounds[name]])), 3)
            for name in ("trained", "fp32", "int8")
        },
        "ratio": {
            f"{name}_to_{other}": spread([a / b for a, b in zip(speeds[name], speeds[other], strict=True)], 2)
            for name in ("trained", "fp32", "int8")
            for other in ("pipeline_1", "pipeline_32")
        },
    }


def main() -> None:
    comments = texts()
    rounds = {name: [] for name in NAMES}
    answers = []
    for number in range(1, ROUNDS + 1):
        for name in NAMES:
            with multiprocessing.get_context("spawn").Pool(1) as process:
                rounds[name].append(process.apply(measure, (name, comments)))
            print(
                f"round {number} of {ROUNDS}: {name}: {rounds[name][-1]['comments_per_second']:.0f} a second",
                flush=True,
            )
        answers.append(first_answer())

    params = read_sections()
    result = {
        "checkpoint": params["model"]["checkpoint"],
        "source": params["data"]["source"],
        "comments": len(comments),
        "rounds": ROUNDS,
        **summary(rounds),
        "first_answer_seconds": spread(answers, 2),
        "machine": {"cpu": cpu_name(), "cores": len(os.sched_getaffinity(0))},
    }
    write_json(RESULT, result)
    print(f"\n{inference_table(result)}")


if __name__ == "__main__":
    exit_in_words(main)
