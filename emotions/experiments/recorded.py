"""Runs as they were recorded in results/, read back."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml


@dataclass(frozen=True)
class Record:
    """One recorded run: metrics.json, its tables, its test scores in resamples by policy, what its model weighs."""

    metrics: dict
    labels: pd.DataFrame
    groups: pd.DataFrame
    confused_pairs: pd.DataFrame
    threshold_curve: pd.DataFrame
    resampled: dict[str, np.ndarray]
    parameters: int
    source: str  # of its comments
    revision: str  # the commit whose code made it
    checkpoint: str  # the pretrained encoder's name, without its owner; empty where there is no one encoder
    made_of: str  # what a blend or a baseline is; empty for one fine-tuned model
    training: pd.DataFrame | None
    examples: pd.DataFrame | None

    def test(self, policy: str) -> dict[str, float]:
        return self.metrics["test"]["policies"][policy]

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


def read_run(folder: Path) -> Record:
    def table(name: str) -> pd.DataFrame | None:
        path = folder / f"{name}.csv"
        # a label may be called None
        return pd.read_csv(path, keep_default_na=False, na_values=[""]) if path.is_file() else None

    params = yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8"))
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    with np.load(folder / "resampled.npz", allow_pickle=False) as arrays:
        resampled = {name: arrays[name] for name in arrays}
    return Record(
        metrics=json.loads((folder / "metrics.json").read_text(encoding="utf-8")),
        labels=table("per_emotion"),
        groups=table("groups"),
        confused_pairs=table("confused_pairs"),
        threshold_curve=table("threshold_curve"),
        resampled=resampled,
        parameters=provenance["parameters"],
        source=params["data"]["source"],
        revision=provenance["git_revision"],
        checkpoint=params.get("model", {}).get("checkpoint", "").split("/")[-1],
        made_of=made_of(params),
        training=table("training"),
        examples=table("examples"),
    )


def read_all(results: Path) -> dict[str, Record]:
    """Return every recorded run, by name."""
    return {path.parent.name: read_run(path.parent) for path in sorted(results.glob("*/metrics.json"))}
