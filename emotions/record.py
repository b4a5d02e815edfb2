"""Keep a run for good: `python -m emotions.record NAME` writes results/NAME; `--again` scores every record anew."""

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
from emotions.corpus import FILES, LABELS, RAW, read_label_names, read_rows
from emotions.params import PARAMS
from emotions.predictions import load_predictions
from emotions.report import Report, build_report

RESULTS = Path("results")
MODEL = Path("data/model")
PREDICTIONS = Path("data/predictions")
TRAINING = Path("metrics/train.json")
CURVES = Path("plots/training.csv")
CODE = ["stages", "emotions", "dvc.yaml", "requirements.txt", "constraints.txt"]


@dataclass(frozen=True)
class Run:
    """A recorded run: its metrics.json, its tables, the resamples of its test scores by policy, its provenance."""

    metrics: dict
    labels: pd.DataFrame
    resampled: dict[str, np.ndarray]
    parameters: int


def read_run(folder: Path) -> Run:
    with np.load(folder / "resampled.npz", allow_pickle=False) as arrays:
        resampled = {name: arrays[name] for name in arrays}
    return Run(
        metrics=json.loads((folder / "metrics.json").read_text(encoding="utf-8")),
        labels=pd.read_csv(folder / "per_emotion.csv"),
        resampled=resampled,
        parameters=json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["parameters"],
    )


def output_of(*command: str) -> str:
    """Return what a command prints; raises SystemExit, saying which failed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def provenance(source: str) -> dict:
    """Return what made the run: data and model hashes, git revision, and the environment that training noted.

    Raises SystemExit where the workspace is not a finished run of committed code.
    """
    changed = output_of("git", "status", "--porcelain", "--", *CODE)
    if changed:
        raise SystemExit(f"the code differs from its commit; commit first, then run again: {changed.split()[1]}, ...")
    stale = list(json.loads(output_of(sys.executable, "-m", "dvc", "status", "--json", "dvc.yaml")))
    if stale:
        raise SystemExit(f"the workspace is not a finished run, {', '.join(stale)} changed: dvc repro")
    return {
        "git_revision": output_of("git", "rev-parse", "HEAD"),
        "data_sha256": {file: sha256(RAW / source / file) for file in sorted(FILES.values())},
        "model_sha256": sha256(MODEL / "model.safetensors"),
        "parameters": json.loads(TRAINING.read_text(encoding="utf-8"))["parameters"],
        **json.loads((MODEL / "environment.json").read_text(encoding="utf-8")),
    }


def report_of(params: dict, probability: dict[str, np.ndarray]) -> Report:
    """Return the report of probabilities for validation and test on the source that a run's params name.

    Groups of labels come from data/labels/<source>.groups.csv where a source has one.
    """
    source = params["data"]["source"]
    names = read_label_names(LABELS / f"{source}.txt")
    groups = LABELS / f"{source}.groups.csv"
    groupings = pd.read_csv(groups) if groups.is_file() else pd.DataFrame({"label": names})
    if groupings["label"].tolist() != names:
        raise SystemExit(f"{groups}: expected the labels of {source}.txt in the same order")
    return build_report(
        rows={split: list(read_rows(RAW / source / file, len(names))) for split, file in FILES.items()},
        probability={split: values.astype(np.float64) for split, values in probability.items()},
        names=names,
        groupings=groupings,
        frequent_rows=params["scores"]["frequent_rows"],
    )


def write_report(folder: Path, report: Report) -> None:
    write_json(folder / "metrics.json", report.metrics, digits=None)
    for name in ("per_emotion", "groups", "confused_pairs", "threshold_curve"):
        write_table(folder / f"{name}.csv", getattr(report, name))
    with whole(folder / "resampled.npz") as beside, beside.open("wb") as file:
        np.savez_compressed(file, **report.resampled)


def record(name: str) -> None:
    """Write results/NAME from the workspace's finished run; raises SystemExit where there is none."""
    if not re.fullmatch(r"[\w.-]+", name):
        raise SystemExit(f"{name!r}: expected a name of letters, digits, dots and dashes")
    target = RESULTS / name
    if target.exists():
        raise SystemExit(f"{target} is there already; choose another name, or remove it first")
    params = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    made_by = provenance(params["data"]["source"])
    probability = {
        split: load_predictions(PREDICTIONS / f"{split}.npz").probability for split in ("validation", "test")
    }

    report = report_of(params, probability)

    with whole(target) as folder:
        folder.mkdir()
        (folder / "params.yaml").write_bytes(PARAMS.read_bytes())
        (folder / "training.csv").write_bytes(CURVES.read_bytes())
        write_json(folder / "provenance.json", made_by)
        np.savez_compressed(
            folder / "predictions.npz", **{split: values.astype(np.float32) for split, values in probability.items()}
        )
        write_report(folder, report)
    print(f"record: {target}: git add it, then make results")


def score_again() -> None:
    """Write every record's report anew from its own predictions; needs their source's files."""
    for path in sorted(RESULTS.glob("*/predictions.npz")):
        params = yaml.safe_load(path.with_name("params.yaml").read_text(encoding="utf-8"))
        with np.load(path, allow_pickle=False) as arrays:
            write_report(path.parent, report_of(params, {split: arrays[split] for split in arrays}))
        print(f"record: {path.parent} scored again")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("name", nargs="?", help="a name for the run, such as minilm-l6")
    what.add_argument("--again", action="store_true", help="score every record again from its predictions")
    arguments = parser.parse_args()
    if arguments.again:
        score_again()
    else:
        record(arguments.name)


if __name__ == "__main__":
    main()
