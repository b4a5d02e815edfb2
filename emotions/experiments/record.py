"""Runs kept for good: a folder of results/ with params, predictions, their report and where they come from."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from emotions.artifacts import atomic_write, write_json, write_table
from emotions.data.corpus import LABELS, RAW
from emotions.data.params import DataParams
from emotions.data.targets import multi_hot
from emotions.errors import UserError
from emotions.experiments.cross_fitted import TABLE, cross_fitted
from emotions.experiments.protocol import Report, build_report, chosen_by_protocol
from emotions.experiments.provenance import provenance
from emotions.experiments.recorded import (
    PROBABILITIES,
    RESULTS,
    THRESHOLDS,
    own_thresholds,
    probabilities_of,
    records_in,
    settings_of,
)
from emotions.experiments.runs import RUNS, read_out_of_fold
from emotions.experiments.sources import (
    SOURCES,
    described,
    keep_described,
    read_described,
    truth_sha256,
)
from emotions.experiments.stored import pack, unpack, write_probabilities
from emotions.inference.predictions import PREDICTIONS, Predictions, load_splits
from emotions.inference.probabilities import probabilities
from emotions.manifest import MODEL
from emotions.metrics.decisions import decide
from emotions.metrics.problem import problem_of
from emotions.model.saved import load_classifier
from emotions.params import PARAMS, parse_sections, read_params, refuse_path
from emotions.thresholds.chosen import CHOSEN, Chosen, read_chosen

CURVES = Path("plots/training.csv")


def report_of(params: dict, probability: dict[str, np.ndarray], own: Chosen | None) -> Report:
    """Return the report of probabilities for validation and test on the source that a run's params name.

    Groups of labels come from data/labels/<source>.groups.csv where a source has one. `own` is what the run's own
    threshold_sweep chose, None without one.
    """
    source = params["data"]["source"]
    names, rows = read_described(source)
    groups = LABELS / f"{source}.groups.csv"
    groupings = pd.read_csv(groups, keep_default_na=False) if groups.is_file() else pd.DataFrame({"label": names})
    if groupings["label"].tolist() != names:
        raise UserError(f"{groups}: expected the labels of {source}.txt in the same order")
    frequent_rows = params["scores"]["frequent_rows"]
    return build_report(rows, probability, names, groupings, frequent_rows, own, problem_of(params))


def write_report(folder: Path, report: Report) -> None:
    write_json(folder / "metrics.json", report.metrics, digits=None)
    for name in ("per_emotion", "groups", "confused_pairs", "threshold_curve"):
        write_table(folder / f"{name}.csv", getattr(report, name))
    with atomic_write(folder / "resampled.npz") as beside, beside.open("wb") as file:
        np.savez_compressed(file, **report.resampled)


def examples(source: str) -> pd.DataFrame | None:
    """Return what the workspace's model says of a source's example sentences: text, label, probability.

    None for a source that has no data/labels/<source>.examples.txt.
    """
    path = LABELS / f"{source}.examples.txt"
    if not path.is_file():
        return None
    texts = path.read_text(encoding="utf-8").splitlines()
    classifier, tokenizer = load_classifier(MODEL)
    predicted = probabilities(classifier, tokenizer, tokenizer(texts, truncation=True)["input_ids"], len(texts))
    table = pd.DataFrame(predicted, index=texts, columns=list(classifier.config.id2label.values()))
    return table.rename_axis("text").reset_index().melt("text", var_name="label", value_name="probability")


def every_decision(params: dict, probability: dict[str, np.ndarray], own: Chosen | None) -> Callable:
    """Return what decides by every policy, the protocol's and the run's own, for `pack`.

    The thresholds of the protocol are those that it chooses on these very probabilities.
    """
    names, rows = read_described(params["data"]["source"])
    problem = problem_of(params)
    truth = multi_hot([row.labels for row in rows["validation"]], len(names))
    policies = chosen_by_protocol(truth, probability["validation"], problem)

    def decisions(values: np.ndarray) -> np.ndarray:
        candidates = problem.candidates(values.T)
        decided = [decide(candidates, thresholds).T for thresholds in policies.values()]
        return np.stack(decided + [own.decide(values.T, policy).T for policy in (own.policies if own else ())])

    return decisions


def keep(
    name: str,
    params: str,
    probability: dict[str, np.ndarray],
    provenance: dict,
    own: Chosen | None,
    of_model: dict[str, pd.DataFrame],
) -> None:
    """Write results/NAME: params.yaml's text, provenance, probabilities (rows, labels) a split and the report of them.

    The report is of the probabilities as they are stored, so that it can be made again from them. `own` is what the
    run's own threshold_sweep chose, None without one; `of_model` holds tables by name that only a run with a model
    has. All of the folder appears, or nothing. Raises UserError where the name is taken and where the source is not
    the one that its other records are of.
    """
    target = RESULTS / name
    if target.exists():
        raise UserError(f"{target} is there already; choose another name, or remove it first")
    settings = parse_sections(params.encode(), str(PARAMS))
    source = settings["data"]["source"]
    keep_described(source)
    stored = pack(probability, every_decision(settings, probability, own))
    report = report_of(settings, unpack(stored), own)
    with atomic_write(target) as folder:
        folder.mkdir()
        (folder / "params.yaml").write_text(params, encoding="utf-8")
        write_json(folder / "provenance.json", provenance)
        write_probabilities(folder / PROBABILITIES, stored)
        if own:
            own.write(folder / THRESHOLDS)
        write_report(folder, report)
        for table, rows in of_model.items():
            write_table(folder / f"{table}.csv", rows)
    print(f"record: {target}: git add it and {SOURCES}, then make results")


def refuse_other_rows(source: str, splits: dict[str, Predictions]) -> None:
    """Raise UserError where predictions are not of a source's rows in their order."""
    expected = described(source)
    for split, predictions in splits.items():
        kept = expected["splits"][split]
        same = predictions.ids.tolist() == kept["ids"] and truth_sha256(predictions.truth) == kept["truth_sha256"]
        if not same or predictions.labels.tolist() != expected["labels"]:
            raise UserError(
                f"{PREDICTIONS / split}.npz: expected the comments and labels of {source}, as {SOURCES / source}.json "
                "has them; found others: dvc repro"
            )


def record(name: str) -> None:
    """Write results/NAME from the workspace's finished run; raises UserError where there is none."""
    refuse_path(name)
    source = read_params("data", DataParams).source
    params = PARAMS.read_text(encoding="utf-8")
    splits = load_splits(PREDICTIONS)
    comes_from = provenance(parse_sections(params.encode(), str(PARAMS)))
    keep_described(source)
    refuse_other_rows(source, splits)
    own = read_chosen(CHOSEN)
    own.refuse_other_labels(splits["test"].labels.tolist(), str(CHOSEN))
    own.refuse_other_model(splits["test"].model, str(CHOSEN))
    of_model = {"training": pd.read_csv(CURVES)}
    if (said := examples(source)) is not None:
        of_model["examples"] = said
    probability = {split: predictions.probability for split, predictions in splits.items()}
    keep(name, params, probability, comes_from, own, of_model)


def score_again() -> None:
    """Write every record's report anew from its own probabilities, of the sources that are here.

    Raises UserError where none of them is.
    """
    folders = records_in(RESULTS)
    source_of = {folder: settings_of(folder)["data"]["source"] for folder in folders}
    absent = sorted({source for source in source_of.values() if not (RAW / source).is_dir()})
    if absent:
        print(f"record: left as they are, for their comments are not in {RAW}: records of {', '.join(absent)}")
    if folders and set(source_of.values()) <= set(absent):
        raise UserError(f"{RAW}: expected the comments of records in {RESULTS}/; found none: make data")
    for folder, source in source_of.items():
        if source not in absent:
            write_report(folder, report_of(settings_of(folder), probabilities_of(folder), own_thresholds(folder)))
            print(f"record: {folder} scored again")
    score_choices_again([folder.name for folder, source in source_of.items() if source not in absent])


def score_choices_again(names: list[str]) -> None:
    """Write results/cross_fitted.csv anew, of those of the records that results/runs.yaml has out-of-fold rows for."""
    teachers = read_out_of_fold(RUNS) if RUNS.is_file() else {}
    if here := {name: teacher for name, teacher in teachers.items() if name in names}:
        write_table(TABLE, cross_fitted(here))
        print(f"record: {TABLE} made again")
