"""The thresholds that a run or a released model decides by, as one JSON file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from emotions.artifacts import parse_json, write_json
from emotions.errors import UserError, apart
from emotions.label_names import refusal
from emotions.metrics.platt import Calibration
from emotions.metrics.problem import MULTI_LABEL, PROBLEMS, Problem

CHOSEN = Path("data/model/thresholds.json")  # what the threshold-sweep stage makes
NEVER = float(np.nextafter(1, 2))  # a threshold that no probability reaches


@dataclass(frozen=True)
class Chosen:
    """A problem, a calibration, each policy's thresholds (labels,) for what it returns, and the policy that decides.

    `labels` are in the model's order, as every array is. `model` is the sha256 of the weights whose probabilities they
    were chosen on; None for a blend's, for a model made of a trained one, and in files from before it was written.
    """

    problem: Problem
    labels: list[str]
    policy: str
    calibration: Calibration
    policies: dict[str, np.ndarray]
    model: str | None = None

    def thresholds(self, policy: str | None = None) -> np.ndarray:
        """Return a policy's thresholds, (labels,), None for the policy that decides; raises UserError for no such."""
        name = self.policy if policy is None else policy
        if name not in self.policies:
            raise UserError(f"--policy {name}: expected one of {', '.join(self.policies)}")
        return self.policies[name]

    def decide(self, probability: np.ndarray, policy: str | None = None) -> np.ndarray:
        """Return what a policy decides, (rows, labels) of 0 and 1, from probabilities as the model says them."""
        calibrated = self.calibration.apply(probability)
        return (self.problem.candidates(calibrated) >= self.thresholds(policy)).astype(np.uint8)

    def refuse_other_labels(self, labels: list[str], origin: str) -> None:
        """Raise UserError unless these are the thresholds of exactly these labels, in this order."""
        if self.labels != labels:
            expected, found = apart(labels, self.labels)
            raise UserError(
                f"{origin}: expected thresholds for the labels {expected}; found them for {found}: dvc repro"
            )

    def refuse_other_model(self, model: str | None, origin: str) -> None:
        """Raise UserError unless these thresholds were chosen on probabilities of the model with these weights."""
        if self.model != model:
            raise UserError(
                f"{origin}: expected thresholds chosen for the model with the weights {model}; found them for "
                f"{self.model}: dvc repro"
            )

    def write(self, path: Path) -> None:
        """Write it with every digit: a rounded threshold may fall on the other side of a row's probability."""
        write_json(
            path,
            {
                "problem_type": self.problem.type,
                **({"model_sha256": self.model} if self.model else {}),
                "labels": self.labels,
                "policy": self.policy,
                "calibration": {
                    "slope": self._by_label(self.calibration.slope),
                    "intercept": self._by_label(self.calibration.intercept),
                },
                "policies": {name: self._by_label(thresholds) for name, thresholds in self.policies.items()},
            },
            digits=None,
        )

    def _by_label(self, values: np.ndarray) -> dict[str, float]:
        return dict(zip(self.labels, values.tolist(), strict=True))

    @classmethod
    def parse(cls, text: str | bytes, origin: str) -> Self:
        """Return what `write` wrote; raises UserError, naming the origin, where the text is something else."""
        try:
            content = parse_json(text)
            labels, policy = content["labels"], content["policy"]
            if not isinstance(labels, list) or not labels or len(set(labels)) < len(labels):
                raise ValueError("labels are no list of names, each once")
            if wrong := next(filter(None, map(refusal, labels)), None):
                raise ValueError(wrong)
            slope, intercept = (_in_order(content["calibration"][name], labels) for name in ("slope", "intercept"))
            policies = thresholds_of(content["policies"], labels)
            if not (np.isfinite(slope) & (slope > 0) & np.isfinite(intercept)).all():
                raise ValueError("a slope is not above 0, or a number is not finite")
            if policy not in policies:
                raise ValueError(f"no thresholds of the policy {policy}")
            problem = PROBLEMS[content.get("problem_type", MULTI_LABEL)]  # none in files from before there were two
            if not isinstance(model := content.get("model_sha256"), str | None):
                raise ValueError("model_sha256 is no text")
            return cls(problem, labels, policy, problem.calibration(slope, intercept), policies, model)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise UserError(
                f"{origin}: expected the thresholds that this version writes; found others "
                f"({type(error).__name__}: {error}): dvc repro threshold-sweep"
            ) from None


def thresholds_of(policies: dict[str, dict[str, float]], labels: list[str]) -> dict[str, np.ndarray]:
    """Return each policy's thresholds, (labels,), from those by label; raises ValueError for what is no threshold."""
    in_order = {name: _in_order(by_label, labels) for name, by_label in policies.items()}
    for name, thresholds in in_order.items():
        if not ((thresholds >= 0) & (thresholds <= NEVER)).all():
            raise ValueError(f"a threshold of {name} is not from 0 to 1")
    return in_order


def _in_order(by_label: dict[str, float], labels: list[str]) -> np.ndarray:
    """Return the numbers of all labels, (labels,); raises ValueError for other labels and for what is no number."""
    if by_label.keys() != set(labels) or not all(type(value) in (int, float) for value in by_label.values()):
        raise ValueError("expected a number for each label")
    return np.array([float(by_label[label]) for label in labels])


def read_chosen(path: Path) -> Chosen:
    """Raises UserError where the file is missing or is something else."""
    if not path.is_file():
        raise UserError(f"{path}: expected the thresholds of a run; found none: dvc repro, or dvc pull")
    return Chosen.parse(path.read_bytes(), str(path))
