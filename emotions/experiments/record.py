"""Runs kept for good: a folder of results/ with params, predictions, their report and where they come from."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from emotions.artifacts import atomic_write, write_json, write_table
from emotions.data.corpus import LABELS, read_source
from emotions.errors import UserError
from emotions.experiments.protocol import Report, build_report
from emotions.experiments.provenance import provenance
from emotions.inference.predictions import load_predictions
from emotions.inference.probabilities import load_classifier, probabilities
from emotions.params import PARAMS

RESULTS = Path("results")
MODEL = Path("data/model")
PREDICTIONS = Path("data/predictions")
CURVES = Path("plots/training.csv")
EXAMPLES = Path("data/examples.txt")


def report_of(params: dict, probability: dict[str, np.ndarray]) -> Report:
    """Return the report of probabilities for validation and test on the source that a run's params name.

    Groups of labels come from data/labels/<source>.groups.csv where a source has one.
    """
    source = params["data"]["source"]
    names, rows = read_source(source)
    groups = LABELS / f"{source}.groups.csv"
    groupings = pd.read_csv(groups, keep_default_na=False) if groups.is_file() else pd.DataFrame({"label": names})
    if groupings["label"].tolist() != names:
        raise UserError(f"{groups}: expected the labels of {source}.txt in the same order")
    probability = {split: values.astype(np.float64) for split, values in probability.items()}
    return build_report(rows, probability, names, groupings, params["scores"]["frequent_rows"])


def write_report(folder: Path, report: Report) -> None:
    write_json(folder / "metrics.json", report.metrics, digits=None)
    for name in ("per_emotion", "groups", "confused_pairs", "threshold_curve"):
        write_table(folder / f"{name}.csv", getattr(report, name))
    with atomic_write(folder / "resampled.npz") as beside, beside.open("wb") as file:
        np.savez_compressed(file, **report.resampled)


def examples() -> pd.DataFrame:
    """Return what the workspace's model says of the BERT-base report's sentences: text, label, probability."""
    texts = EXAMPLES.read_text(encoding="utf-8").splitlines()
    classifier, tokenizer = load_classifier(MODEL)
    predicted = probabilities(classifier, tokenizer, tokenizer(texts, truncation=True)["input_ids"], len(texts))
    table = pd.DataFrame(predicted, index=texts, columns=list(classifier.config.id2label.values()))
    return table.rename_axis("text").reset_index().melt("text", var_name="label", value_name="probability")


def keep(
    name: str, params: str, probability: dict[str, np.ndarray], provenance: dict, of_model: dict[str, pd.DataFrame]
) -> None:
    """Write results/NAME: params.yaml's text, provenance, predictions as float32 and the report of them.

    `of_model` holds tables by name that only a run with a model has. All of the folder appears, or nothing.
    """
    target = RESULTS / name
    if target.exists():
        raise UserError(f"{target} is there already; choose another name, or remove it first")
    stored = {split: values.astype(np.float32) for split, values in probability.items()}
    report = report_of(yaml.safe_load(params), stored)
    with atomic_write(target) as folder:
        folder.mkdir()
        (folder / "params.yaml").write_text(params, encoding="utf-8")
        write_json(folder / "provenance.json", provenance)
        np.savez_compressed(folder / "predictions.npz", **stored)
        write_report(folder, report)
        for table, rows in of_model.items():
            write_table(folder / f"{table}.csv", rows)
    print(f"record: {target}: git add it, then make results")


def record(name: str) -> None:
    """Write results/NAME from the workspace's finished run; raises UserError where there is none."""
    if not re.fullmatch(r"[\w.-]+", name):
        raise UserError(f"{name!r}: expected a name of letters, digits, dots and dashes")
    params = PARAMS.read_text(encoding="utf-8")
    splits = {split: load_predictions(PREDICTIONS / f"{split}.npz") for split in ("validation", "test")}
    comes_from = provenance(yaml.safe_load(params))
    of_model = {"training": pd.read_csv(CURVES), "examples": examples()}
    keep(name, params, {split: predictions.probability for split, predictions in splits.items()}, comes_from, of_model)


def score_again() -> None:
    """Write every record's report anew from its own predictions; needs their source's files."""
    for path in sorted(RESULTS.glob("*/predictions.npz")):
        params = yaml.safe_load(path.with_name("params.yaml").read_text(encoding="utf-8"))
        with np.load(path, allow_pickle=False) as arrays:
            write_report(path.parent, report_of(params, {split: arrays[split] for split in arrays}))
        print(f"record: {path.parent} scored again")
