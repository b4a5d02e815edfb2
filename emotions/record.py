"""Keep a run for good: `python -m emotions.record NAME` writes results/NAME from the workspace."""

import argparse
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from emotions.artifacts import sha256, whole, write_json, write_table
from emotions.corpus import FILES, RAW
from emotions.params import PARAMS, read_params
from emotions.predictions import Predictions, load_predictions
from emotions.scores import ScoresParams, decide, frequent_labels, headline, per_label, ranking_scores
from emotions.thresholds import ThresholdSweepParams, choose

RESULTS = Path("results")
MODEL = Path("data/model")
PREDICTIONS = Path("data/predictions")
TRAINING = Path("metrics/train.json")
CODE = ["stages", "emotions", "dvc.yaml", "requirements.txt", "constraints.txt"]

PROTOCOL_FIXED = 0.5  # recorded runs compare at the same thresholds, whatever threshold_sweep.fixed was


@dataclass(frozen=True)
class Run:
    """A recorded run: its metrics.json, its per-emotion table, how many parameters its model has."""

    metrics: dict
    labels: pd.DataFrame
    parameters: int


def read_run(folder: Path) -> Run:
    return Run(
        metrics=json.loads((folder / "metrics.json").read_text(encoding="utf-8")),
        labels=pd.read_csv(folder / "per_emotion.csv"),
        parameters=json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["parameters"],
    )


def protocol_policies(
    validation: Predictions, test: Predictions, params: ThresholdSweepParams
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the thresholds of every policy chosen on validation, (labels,) each, and those tuned on test, the leak."""
    protocol = params.model_copy(update={"fixed": PROTOCOL_FIXED})
    policies = choose(validation.truth, validation.probability, protocol)
    leak = choose(test.truth, test.probability, protocol)["per_label"]
    return {"fixed_0_5": policies.pop("fixed"), **policies}, leak


def split_record(made: Predictions, policies: dict[str, np.ndarray], frequent: np.ndarray) -> dict:
    """Return a split's ranking scores and, per policy, its F1 scores and thresholds by label."""
    scored = {}
    for name, thresholds in policies.items():
        scores = headline(made.truth, decide(made.probability, thresholds), frequent)
        scores[f"macro_f1_{frequent.sum()}"] = scores.pop("macro_f1_frequent")
        by_label = dict(zip(made.labels.tolist(), thresholds.tolist(), strict=True))
        scored[name] = {score: round(value, 6) for score, value in scores.items()} | {"thresholds": by_label}
    ranking = {score: round(value, 6) for score, value in ranking_scores(made.truth, made.probability).items()}
    return ranking | {"policies": scored}


def per_emotion(validation: Predictions, test: Predictions, policies: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return one row a label: its rows, its average precision, then how each policy decided on test."""
    names = test.labels.tolist()
    tables = {
        policy: per_label(test.truth, decide(test.probability, thresholds), test.probability, names)
        for policy, thresholds in policies.items()
    }
    first = tables["fixed_0_5"]
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "label": names,
                    "validation_rows": validation.truth.sum(axis=0, dtype=int),
                    "test_rows": first["rows"],
                    "average_precision": first["average_precision"],
                }
            )
        ]
        + [
            table[["predicted", "precision", "recall", "f1"]].add_prefix(f"{policy}_")
            for policy, table in tables.items()
        ],
        axis=1,
    )


def output_of(*command: str) -> str:
    """Return what a command prints; raises SystemExit, saying which failed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def provenance() -> dict:
    """Return what made the run: data and model hashes, git revision, and the environment that training noted.

    Raises SystemExit where the workspace is not a finished run of committed code.
    """
    changed = output_of("git", "status", "--porcelain", "--", *CODE)
    if changed:
        raise SystemExit(f"the code differs from its commit; commit first, then run again: {changed.split()[1]}, ...")
    stale = list(json.loads(output_of(sys.executable, "-m", "dvc", "status", "--json", "dvc.yaml")))
    if stale:
        raise SystemExit(f"the workspace is not a finished run, {', '.join(stale)} changed: dvc repro")
    source = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))["data"]["source"]
    return {
        "git_revision": output_of("git", "rev-parse", "HEAD"),
        "data_sha256": {file: sha256(RAW / source / file) for file in sorted(FILES.values())},
        "model_sha256": sha256(MODEL / "model.safetensors"),
        "parameters": json.loads(TRAINING.read_text(encoding="utf-8"))["parameters"],
        **json.loads((MODEL / "environment.json").read_text(encoding="utf-8")),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="a name for the run, such as minilm-l6")
    name = parser.parse_args().name
    if not re.fullmatch(r"[\w.-]+", name):
        raise SystemExit(f"{name!r}: expected a name of letters, digits, dots and dashes")
    target = RESULTS / name
    if target.exists():
        raise SystemExit(f"{target} is there already; choose another name, or remove it first")
    sweep = read_params("threshold_sweep", ThresholdSweepParams)
    frequent_rows = read_params("scores", ScoresParams).frequent_rows
    made_by = provenance()
    validation = load_predictions(PREDICTIONS / "validation.npz")
    test = load_predictions(PREDICTIONS / "test.npz")

    policies, leak = protocol_policies(validation, test, sweep)
    frequent = frequent_labels(test.truth, frequent_rows)
    metrics = {
        "validation": split_record(validation, policies, frequent),
        "test": split_record(test, policies | {"per_label_tuned_on_test_leak": leak}, frequent),
    }

    with whole(target) as folder:
        folder.mkdir()
        (folder / "params.yaml").write_bytes(PARAMS.read_bytes())
        write_json(folder / "metrics.json", metrics, digits=None)
        write_json(folder / "provenance.json", made_by)
        write_table(folder / "per_emotion.csv", per_emotion(validation, test, policies))
        np.savez_compressed(
            folder / "predictions.npz",
            validation=validation.probability.astype(np.float32),
            test=test.probability.astype(np.float32),
        )
    print(f"record: {target}: git add it, then make results")


if __name__ == "__main__":
    main()
