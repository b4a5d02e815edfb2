"""Runs as they were recorded in results/, read back."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from emotions.errors import UserError
from emotions.experiments.bootstrap import SCORES
from emotions.experiments.protocol import RANKING
from emotions.experiments.sources import described, refuse_other_version
from emotions.experiments.stored import DAMAGED, read_probabilities
from emotions.metrics.problem import Problem, problem_of
from emotions.thresholds.chosen import Chosen, read_chosen

RESULTS = Path("results")
METRICS = "metrics.json"
PROBABILITIES = "predictions.npz"
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


def read_json(path: Path) -> dict:
    """Return a file of a record; raises UserError where it is missing or no JSON object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: expected a file of a record; found none: git checkout {path.parent}") from None
    except ValueError as error:
        raise UserError(f"{path}: expected JSON; found {error}: git checkout {path}") from None
    if not isinstance(content, dict) or not content:
        raise UserError(f"{path}: expected a JSON object; found {content!r}: git checkout {path}")
    return content


def settings_of(folder: Path) -> dict:
    """Return a record's params, once it is sure that its rows are those that its source is described by.

    Raises UserError where params.yaml or provenance.json is missing or damaged, and as `refuse_other_version`.
    """
    path = folder / "params.yaml"
    try:
        params = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: expected the params of a record; found none: git checkout {folder}") from None
    except (ValueError, yaml.YAMLError) as error:
        raise UserError(f"{path}: expected YAML; found {' '.join(str(error).split())}: git checkout {path}") from None
    try:
        source = params["data"]["source"]
    except (TypeError, KeyError):
        raise UserError(f"{path}: expected data.source; found none: git checkout {path}") from None
    refuse_other_version(folder, source, read_json(folder / "provenance.json").get("data_sha256", {}))
    return params


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
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays}
    except FileNotFoundError:
        raise UserError(f"{path}: expected the resampled scores of a record; found no such file") from None
    except DAMAGED as error:
        raise UserError(f"{path}: expected the resampled scores of a record; the file is damaged: {error}") from None


def read_run(folder: Path) -> Record:
    """Return a record; raises UserError where a file of it is missing or damaged, and as `settings_of`."""

    def table(name: str) -> pd.DataFrame | None:
        path = folder / f"{name}.csv"
        if not path.is_file():
            return None
        # a label may be called None, or 1
        return pd.read_csv(path, keep_default_na=False, na_values=[""], dtype={"label": "str", "group": "str"})

    params, provenance = settings_of(folder), read_json(folder / "provenance.json")
    return Record(
        metrics=read_json(folder / METRICS),
        labels=table("per_emotion"),
        groups=table("groups"),
        confused_pairs=table("confused_pairs"),
        threshold_curve=table("threshold_curve"),
        resampled=read_resampled(folder / "resampled.npz"),
        parameters=provenance["parameters"],
        model_sha256=provenance.get("model_sha256"),
        source=params["data"]["source"],
        problem=problem_of(params),
        revision=provenance["git_revision"],
        checkpoint=params.get("model", {}).get("checkpoint", "").split("/")[-1],
        sweep=params.get("threshold_sweep", {}),
        made_of=made_of(params),
        training=table("training"),
        examples=table("examples"),
    )


def read_all(results: Path) -> dict[str, Record]:
    """Return every recorded run, by name."""
    return {path.parent.name: read_run(path.parent) for path in sorted(results.glob(f"*/{METRICS}"))}
