"""Comments a second of using a model, and how long one alone takes: `python -m benchmarks.inference`.

The workspace's model in data/model as transformers.pipeline computes it, at batch 1 and 32, and as EmotionModel does;
its export in models/exported, float32 and int8, as EmotionModel does. Each in a process of its own, so that no
library's threads disturb another's. They take turns of a few seconds with the same comments of the test split, so that
a machine whose speed drifts slows all alike; ratios are taken round by round. At the end whole processes answer one
comment, as people type it. Writes benchmarks/inference.json.
"""

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
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
ROWS = 500  # comments of a round
ALONE = 40  # of them, computed one by one after that
ROUNDS = 15
ANSWERS = 5
NAMES = ("pipeline_1", "pipeline_32", "trained", "fp32", "int8")


def texts() -> list[list[str]]:
    """Return each round's comments, spread over the test split; raises UserError without a run and its export."""
    for path in (COMMENTS, TRAINED, EXPORTED):
        if not path.exists():
            raise UserError(
                f"{path}: expected a run and its export; found none: dvc repro, then python -m emotions export"
            )
    comments = pq.read_table(COMMENTS, columns=["text"])["text"].to_pylist()
    places = np.random.default_rng(0).integers(len(comments), size=(ROUNDS + 1, ROWS))  # one more to warm up with
    return [[comments[place] for place in of_round] for of_round in places]


def contestant(name: str) -> Callable[[list[str]], object]:
    """Return what computes a list of comments."""
    if not name.startswith("pipeline"):
        return EmotionModel.load(TRAINED.parent if name == "trained" else EXPORTED / name).predict_proba
    from transformers import pipeline

    import emotions.model.pooling  # noqa: F401 (transformers knows mean pooling then)

    batch = int(name.removeprefix("pipeline_"))
    classify = pipeline("text-classification", model=str(TRAINED), top_k=None)
    return lambda comments: classify(comments, batch_size=batch, truncation=True)


def take_turns(name: str, connection: Connection) -> None:
    """In a process of its own: measure each list of comments that comes, until None does."""
    compute = contestant(name)
    tokenizer = Tokenizer.from_file(str(EXPORTED / "int8/tokenizer.json"))
    tokenizer.no_padding()
    while comments := connection.recv():
        seconds = clocked(compute, comments)
        alone = [clocked(compute, [comment]) for comment in comments[:ALONE]]
        connection.send(
            {
                "comments_per_second": len(comments) / seconds,
                "alone": [1000 * took for took in alone],
                "tokenizer": clocked(tokenizer.encode_batch_fast, comments) / seconds,
            }
        )


def clocked(function: Callable[[list[str]], object], comments: list[str]) -> float:
    began = time.perf_counter()
    function(comments)
    return time.perf_counter() - began


def measure(rounds: list[list[str]]) -> dict[str, list[dict]]:
    """Return by contestant what it measured in each round but the first, in which all warm up.

    That is comments a second, the milliseconds of each comment alone, and the tokenizer's share: the seconds in which
    it alone reads the comments, of those that all of it takes.
    """
    found = {name: [] for name in NAMES}
    context = multiprocessing.get_context("spawn")
    turns = {}
    for name in NAMES:
        turns[name], theirs = context.Pipe()
        context.Process(target=take_turns, args=(name, theirs), daemon=True).start()
    for number, comments in enumerate(rounds):
        for name, turn in turns.items():
            turn.send(comments)
            found[name].append(turn.recv())
        speeds = ", ".join(f"{name} {found[name][-1]['comments_per_second']:.0f}" for name in NAMES)
        print(f"round {number} of {len(rounds) - 1}: comments a second: {speeds}", flush=True)
    for turn in turns.values():
        turn.send(None)
    return {name: of_rounds[1:] for name, of_rounds in found.items()}


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
    rounds = measure(texts())
    answers = [first_answer() for _ in range(ANSWERS)]
    params = read_sections()
    result = {
        "checkpoint": params["model"]["checkpoint"],
        "source": params["data"]["source"],
        "comments": ROWS,
        "rounds": ROUNDS,
        **summary(rounds),
        "first_answer_seconds": spread(answers, 2),
        "machine": {"cpu": cpu_name(), "cores": len(os.sched_getaffinity(0))},
    }
    write_json(RESULT, result)
    print(f"\n{inference_table(result)}")


if __name__ == "__main__":
    exit_in_words(main)
