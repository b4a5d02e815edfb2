"""Keep a run for good: `python -m emotions.record NAME` writes results/NAME; `--again` scores every record anew."""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from emotions.artifacts import sha256, whole, write_json, write_table
from emotions.corpus import FILES, LABELS, RAW, BadCorpus, Row, read_label_names, read_rows
from emotions.params import PARAMS
from emotions.predictions import load_predictions
from emotions.report import Report, build_report

RESULTS = Path("results")
MODEL = Path("data/model")
PREDICTIONS = Path("data/predictions")
TRAINING = Path("metrics/train.json")
CURVES = Path("plots/training.csv")
EXAMPLES = Path("data/examples.txt")
CODE = ["stages", "emotions", "dvc.yaml", "requirements.txt", "constraints.txt"]


def output_of(*command: str) -> str:
    """Return what a command prints; raises SystemExit, saying which failed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def made_by(source: str) -> dict:
    """Return the committed code and the data that a record comes from; raises SystemExit for uncommitted code."""
    changed = output_of("git", "status", "--porcelain", "--", *CODE)
    if changed:
        raise SystemExit(f"the code differs from its commit; commit first, then run again: {changed.split()[1]}, ...")
    return {
        "git_revision": output_of("git", "rev-parse", "HEAD"),
        "data_sha256": {file: sha256(RAW / source / file) for file in sorted(FILES.values())},
    }


def provenance(params: dict) -> dict:
    """Return what made the run: data, teacher and model hashes, git revision, the environment that training noted.

    Raises SystemExit where the workspace is not a finished run of committed code.
    """
    from emotions.distillation import TEACHERS  # as below: seconds, not spent on scoring records again

    code = made_by(params["data"]["source"])
    teachers = TEACHERS / params["train"]["distillation"]["teacher"]
    stale = list(json.loads(output_of(sys.executable, "-m", "dvc", "status", "--json", "dvc.yaml")))
    if stale:
        raise SystemExit(f"the workspace is not a finished run, {', '.join(stale)} changed: dvc repro")
    return {
        **code,
        "teachers_sha256": {path.name: sha256(path) for path in sorted(teachers.glob("*.npz"))},
        "model_sha256": sha256(MODEL / "model.safetensors"),
        "parameters": json.loads(TRAINING.read_text(encoding="utf-8"))["parameters"],
        **json.loads((MODEL / "environment.json").read_text(encoding="utf-8")),
    }


def read_source(source: str) -> tuple[list[str], dict[str, list[Row]]]:
    """Return a source's label names and the rows of its splits; raises SystemExit where it is not here or not sound."""
    try:
        names = read_label_names(LABELS / f"{source}.txt")
        return names, {split: list(read_rows(RAW / source / file, len(names))) for split, file in FILES.items()}
    except BadCorpus as error:
        raise SystemExit(str(error)) from None


def report_of(params: dict, probability: dict[str, np.ndarray]) -> Report:
    """Return the report of probabilities for validation and test on the source that a run's params name.

    Groups of labels come from data/labels/<source>.groups.csv where a source has one.
    """
    source = params["data"]["source"]
    names, rows = read_source(source)
    groups = LABELS / f"{source}.groups.csv"
    groupings = pd.read_csv(groups, keep_default_na=False) if groups.is_file() else pd.DataFrame({"label": names})
    if groupings["label"].tolist() != names:
        raise SystemExit(f"{groups}: expected the labels of {source}.txt in the same order")
    probability = {split: values.astype(np.float64) for split, values in probability.items()}
    return build_report(rows, probability, names, groupings, params["scores"]["frequent_rows"])


def write_report(folder: Path, report: Report) -> None:
    write_json(folder / "metrics.json", report.metrics, digits=None)
    for name in ("per_emotion", "groups", "confused_pairs", "threshold_curve"):
        write_table(folder / f"{name}.csv", getattr(report, name))
    with whole(folder / "resampled.npz") as beside, beside.open("wb") as file:
        np.savez_compressed(file, **report.resampled)


def examples() -> pd.DataFrame:
    """Return what the workspace's model says of the seed report's sentences: text, label, probability."""
    from emotions.classifier import load_classifier  # seconds, not spent on scoring records again
    from emotions.inference import probabilities

    texts = EXAMPLES.read_text(encoding="utf-8").splitlines()
    classifier, tokenizer = load_classifier(MODEL)
    said = probabilities(classifier, tokenizer, tokenizer(texts, truncation=True)["input_ids"], len(texts))
    table = pd.DataFrame(said, index=texts, columns=list(classifier.config.id2label.values()))
    return table.rename_axis("text").reset_index().melt("text", var_name="label", value_name="probability")


def keep(
    name: str, params: str, probability: dict[str, np.ndarray], provenance: dict, of_model: dict[str, pd.DataFrame]
) -> None:
    """Write results/NAME: params.yaml's text, provenance, predictions as float32 and the report of them.

    `of_model` holds tables by name that only a run with a model has. All of the folder appears, or nothing.
    """
    target = RESULTS / name
    if target.exists():
        raise SystemExit(f"{target} is there already; choose another name, or remove it first")
    stored = {split: values.astype(np.float32) for split, values in probability.items()}
    report = report_of(yaml.safe_load(params), stored)
    with whole(target) as folder:
        folder.mkdir()
        (folder / "params.yaml").write_text(params, encoding="utf-8")
        write_json(folder / "provenance.json", provenance)
        np.savez_compressed(folder / "predictions.npz", **stored)
        write_report(folder, report)
        for table, rows in of_model.items():
            write_table(folder / f"{table}.csv", rows)
    print(f"record: {target}: git add it, then make results")


def record(name: str) -> None:
    """Write results/NAME from the workspace's finished run; raises SystemExit where there is none."""
    if not re.fullmatch(r"[\w.-]+", name):
        raise SystemExit(f"{name!r}: expected a name of letters, digits, dots and dashes")
    params = PARAMS.read_text(encoding="utf-8")
    predictions = {split: load_predictions(PREDICTIONS / f"{split}.npz") for split in ("validation", "test")}
    made_of = provenance(yaml.safe_load(params))
    of_model = {"training": pd.read_csv(CURVES), "examples": examples()}
    keep(name, params, {split: made.probability for split, made in predictions.items()}, made_of, of_model)


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
