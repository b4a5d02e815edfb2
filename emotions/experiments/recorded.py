"""Runs as they were recorded in results/, read back."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from emotions.artifacts import read_json
from emotions.errors import UserError, reading
from emotions.experiments.bootstrap import SCORES
from emotions.experiments.protocol import RANKING
from emotions.experiments.sources import described, refuse_other_version
from emotions.experiments.stored import read_probabilities
from emotions.metrics.problem import Problem, problem_of
from emotions.params import PARAMS, parse_sections
from emotions.thresholds.chosen import Chosen, read_chosen, thresholds_of

RESULTS = Path("results")
PROVENANCE = "provenance.json"
METRICS = "metrics.json"
PROBABILITIES = "predictions.npz"
TABLES = {  # by name, columns that each has in every record
    "per_emotion": ("label", "test_rows"),
    "groups": ("grouping", "group"),
    "confused_pairs": ("pair", "rows"),
    "threshold_curve": ("threshold",),
    "training": ("epoch", "train_loss", "validation_loss"),
    "examples": ("text", "label", "probability"),
}
THRESHOLDS = "thresholds.json"  # what the run's own threshold_sweep chose; records before had none


@dataclass(frozen=True)
class Record:
    """One recorded run: metrics.json, its tables, its test scores in resamples, what its model weighs."""

    metrics: dict
    labels: pd.DataFrame
    groups: pd.DataFrame
    confused_pairs: pd.DataFrame
    threshold_curve: pd.DataFrame
    resampled: dict[str, np.ndarray]
    parameters: int
    model_sha256: str | None  # of its weights; None for what has no one model
    source: str  # of its comments
    problem: Problem
    revision: str  # the commit whose code made it
    checkpoint: str  # the pretrained encoder's name, without its owner; empty where there is no one encoder
    sweep: dict  # the params of its own threshold_sweep; empty for what has none
    made_of: str  # what a blend or a baseline is; empty for one fine-tuned model
    training: pd.DataFrame | None
    examples: pd.DataFrame | None

    def test(self, policy: str) -> dict[str, float]:
        return self.metrics["test"]["policies"][policy]

    def test_score(self, policy: str, score: str) -> float:
        """Return a score on test, by a policy; RANKING is of no policy."""
        return self.metrics["test"][RANKING] if score == RANKING else self.test(policy)[score]

    def resampled_score(self, policy: str, score: str) -> np.ndarray:
        """Return a score in every resample of the test rows, (resamples,), of those that KEPT names; or RANKING."""
        return self.resampled[RANKING][0] if score == RANKING else self.resampled[policy][SCORES.index(score)]

    @property
    def policy(self) -> str:
        """The policy that held-out validation rows chose."""
        return self.metrics["policy"]

    @property
    def ranking(self) -> float:
        """Mean average precision on validation: what runs are compared by before anyone looks at test."""
        return self.metrics["validation"]["mean_average_precision"]


def made_of(params: dict) -> str:
    """Return in words what a record's params say that it is; empty for one fine-tuned model."""
    if "blend" in params:
        return "blend: " + ", ".join(f"{share:.0%} {name}" for name, share in params["blend"].items())
    if "baseline" in params:
        return f"baseline: {params['baseline']} features, logistic regression"
    return ""


def mend(path: Path) -> str:
    return f"git checkout {path}"  # records are in Git


def params_text(params: dict) -> str:
    """Return params as the text that `parse_sections` reads; PyYAML would leave away quotes that YAML 1.2 needs."""
    text = io.StringIO()
    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.dump(params, text)
    return text.getvalue()


def metrics_of(folder: Path) -> dict:
    """Return a record's metrics.json; raises UserError where it is missing or lacks scores of the chosen policy."""
    path, expected = folder / METRICS, "the metrics of a record"
    metrics = read_json(path, expected, mend(path))
    with reading(str(path), expected, mend(path)):
        chosen, ranking = metrics["test"]["policies"][metrics["policy"]], metrics["validation"][RANKING]
        if not isinstance(chosen, dict) or not isinstance(ranking, float | int | None):
            raise TypeError("scores are of another kind")
    return metrics


def provenance_of(folder: Path) -> dict:
    """Return a record's provenance.json; raises UserError where it is missing or lacks what every record has."""
    path, expected = folder / PROVENANCE, "where a record comes from"
    provenance = read_json(path, expected, mend(path))
    with reading(str(path), expected, mend(path)):
        for part, kind in (("data_sha256", dict), ("parameters", int), ("git_revision", str)):
            if not isinstance(provenance[part], kind):
                raise TypeError(f"{part} is of another kind")
    return provenance


def settings_of(folder: Path) -> dict:
    """Return a record's params, once it is sure that its rows are those that its source is described by.

    Raises UserError where params.yaml or provenance.json is missing or damaged, and as `refuse_other_version`.
    """
    path, expected = folder / PARAMS, "the params of a record, data.source and scores.frequent_rows among them"
    if not path.is_file():
        raise UserError(f"{path}: expected {expected}; found none: {mend(path)}")
    params = parse_sections(text := path.read_bytes(), str(path))
    with reading(str(path), expected, mend(path)):
        source, frequent_rows = params["data"]["source"], params["scores"]["frequent_rows"]
        problem_of(params)
        if type(frequent_rows) is not int or frequent_rows < 1:
            raise ValueError("frequent_rows is no count")
        if not text.endswith(b"\n"):
            raise ValueError("the last line has no end")
    refuse_other_version(folder, source, provenance_of(folder)["data_sha256"])
    return params


def protocol_thresholds(folder: Path, labels: list[str]) -> dict[str, np.ndarray]:
    """Return by policy the thresholds, (labels,), that the protocol of records chose; the leak is nobody's choice.

    Raises UserError as `metrics_of` does, for other labels and for what is no threshold.
    """
    metrics, path = metrics_of(folder), folder / METRICS
    with reading(str(path), "a threshold for each label", mend(path)):
        held_out = metrics["held_out"]
        return thresholds_of({name: of for name, of in metrics["thresholds"].items() if name in held_out}, labels)


def probabilities_of(folder: Path) -> dict[str, np.ndarray]:
    """Return a record's probabilities, (rows, labels) float64, in the order of its source's comment ids.

    Raises UserError as `settings_of` and `read_probabilities` do.
    """
    source = described(settings_of(folder)["data"]["source"])
    rows = {split: len(kept["ids"]) for split, kept in source["splits"].items()}
    return read_probabilities(folder / PROBABILITIES, rows, len(source["labels"]))


def own_thresholds(folder: Path) -> Chosen | None:
    """Return what a record's own threshold_sweep chose; None for a blend, a baseline and the first records.

    Raises UserError as `settings_of` and `read_chosen` do, and for other labels.
    """
    path = folder / THRESHOLDS
    if not path.is_file():
        return None
    own = read_chosen(path)
    own.refuse_other_labels(described(settings_of(folder)["data"]["source"])["labels"], str(path))
    return own


def read_resampled(path: Path) -> dict[str, np.ndarray]:
    """Return a record's test scores in resamples by policy; raises UserError where the file is missing or damaged."""
    expected = "the resampled scores of a record"
    with reading(str(path), expected, mend(path)), np.load(path, allow_pickle=False) as arrays:
        scores = {name: arrays[name] for name in arrays}
    if not scores or not all(of.ndim == 2 and of.dtype.kind == "f" and of.size for of in scores.values()):
        raise UserError(f"{path}: expected {expected}; found other arrays: {mend(path)}")
    return scores


def read_table(path: Path) -> pd.DataFrame:
    """Return a CSV of a record, one of TABLES; raises UserError where it is missing or damaged."""
    columns = TABLES[path.stem]
    expected = f"a CSV of {', '.join(columns)}"
    with reading(str(path), expected, mend(path)):
        if not path.read_bytes().endswith(b"\n"):
            raise ValueError("the last line has no end")
        # a label may be called None, or 1
        table = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype={"label": "str", "group": "str"})
        if absent := [name for name in columns if name not in table.columns]:
            raise ValueError(f"no column {absent[0]}")
        return table


def read_run(folder: Path) -> Record:
    """Return a record; raises UserError where a file of it is missing or damaged, and as `settings_of`."""

    def of_model(name: str) -> pd.DataFrame | None:
        path = folder / f"{name}.csv"
        return read_table(path) if path.is_file() else None

    params, provenance = settings_of(folder), provenance_of(folder)
    return Record(
        metrics=metrics_of(folder),
        labels=read_table(folder / "per_emotion.csv"),
        groups=read_table(folder / "groups.csv"),
        confused_pairs=read_table(folder / "confused_pairs.csv"),
        threshold_curve=read_table(folder / "threshold_curve.csv"),
        resampled=read_resampled(folder / "resampled.npz"),
        parameters=provenance["parameters"],
        model_sha256=provenance.get("model_sha256"),
        source=params["data"]["source"],
        problem=problem_of(params),
        revision=provenance["git_revision"],
        checkpoint=params.get("model", {}).get("checkpoint", "").split("/")[-1],
        sweep=params.get("threshold_sweep", {}),
        made_of=made_of(params),
        training=of_model("training"),
        examples=of_model("examples"),
    )


def is_record(folder: Path) -> bool:
    """Return whether a folder holds a record, or what damage has left of one."""
    return any((folder / name).is_file() for name in (METRICS, PROBABILITIES))


def records_in(results: Path) -> list[Path]:
    """Return the folders of all records, by name."""
    return sorted(folder for folder in results.iterdir() if is_record(folder)) if results.is_dir() else []


def read_all(results: Path) -> dict[str, Record]:
    """Return every recorded run, by name; raises UserError as `read_run` does."""
    return {folder.name: read_run(folder) for folder in records_in(results)}
