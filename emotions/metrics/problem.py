"""What is asked of a text, any number of labels or exactly one, and what follows; arrays are (rows, labels)."""

from typing import Any

import numpy as np

from emotions.metrics.chunks import chunks
from emotions.metrics.f1 import counts, f1, macro_f1
from emotions.metrics.platt import Calibration, SoftmaxCalibration

MULTI_LABEL, SINGLE_LABEL = "multi_label_classification", "single_label_classification"  # as transformers has them
SMALLEST = np.finfo(np.float32).tiny


class MultiLabel:
    """Any number of labels a row, each by itself: a sigmoid a label, decided where it reaches the label's threshold.

    `conventional` is the threshold of what is said before any is chosen, `convention` that in words; `calibrations`
    are the kinds that make sense, `default_policy` what the policy auto is, None for the best on held-out rows;
    `rejects` says whether thresholds decide which rows get an answer, `headline` names scores to show first.
    """

    type = MULTI_LABEL
    conventional = 0.5
    convention = "at 0.5"
    calibrations = ("none", "temperature", "temperature_per_label", "platt", "platt_per_label")
    default_policy = None
    rejects = False
    headline = ()
    calibration = Calibration

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """Return what the model's outputs say: sigmoids."""
        from scipy.special import expit  # a released model decides without SciPy

        return expit(logits)

    def logits(self, probability: np.ndarray) -> np.ndarray:
        """Return outputs that say these probabilities: log-odds."""
        from scipy.special import logit

        return logit(probability)

    def candidates(self, probability: np.ndarray) -> np.ndarray:
        """Return what thresholds of 0 and more decide on: the probabilities as they are."""
        return probability

    def claims(self, truth: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return truth and probability of what is claimed, to be calibrated: every pair of row and label."""
        return truth, probability

    def log_loss(self, truth: np.ndarray, probability: np.ndarray) -> float:
        """Return the mean binary cross-entropy in nats over pairs, unweighted, so that it compares across losses."""
        total = 0.0
        for part in chunks(len(truth)):
            holds, said = truth[part], probability[part]
            total -= np.log(np.maximum(np.where(holds == 1, said, 1 - said), SMALLEST)).sum()
        return float(total / truth.size)

    def others(self, positives: Any, rows: int) -> Any:
        """Return the rows that a label's own, (labels,), are weighed against: those without it."""
        return rows - positives

    def scores(self, truth: np.ndarray, decided: np.ndarray) -> dict[str, float]:
        """Return scores of decisions that this problem has besides those of labels: none."""
        return {}

    def ranking(self, truth: np.ndarray, probability: np.ndarray) -> dict[str, float]:
        """Return scores of probabilities that this problem has besides those of labels: none."""
        return {}


class SingleLabel:
    """Exactly one label a row: a softmax over labels, of which the most probable one is decided.

    A threshold is a reject option (Chow 1970): where the most probable label does not reach its own, the row gets no
    answer. Attributes as in `MultiLabel`.
    """

    type = SINGLE_LABEL
    conventional = 0.0
    convention = "by the most probable label"
    calibrations = ("none", "temperature")
    default_policy = "argmax"
    rejects = True
    headline = ("accuracy", "coverage")
    calibration = SoftmaxCalibration

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """Return what the model's outputs say: the softmax of each row."""
        from scipy.special import softmax

        return softmax(logits, axis=1)

    def logits(self, probability: np.ndarray) -> np.ndarray:
        """Return outputs that say these probabilities: logarithms, of float32's smallest in place of 0."""
        return np.log(np.maximum(probability, SMALLEST))

    def candidates(self, probability: np.ndarray) -> np.ndarray:
        """Return what thresholds of 0 and more decide on: each row's most probable label, the others stand at -1."""
        candidates = np.full_like(probability, -1)
        rows, best = np.arange(len(probability)), probability.argmax(axis=1)
        candidates[rows, best] = probability[rows, best]
        return candidates

    def claims(self, truth: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return truth and probability of what is claimed, to be calibrated: the most probable label, (rows,) each."""
        rows, best = np.arange(len(probability)), probability.argmax(axis=1)
        return truth[rows, best], probability[rows, best]

    def log_loss(self, truth: np.ndarray, probability: np.ndarray) -> float:
        """Return the mean cross-entropy in nats over rows, unweighted, so that it compares across losses."""
        given = probability[truth == 1]
        return float(-np.log(np.maximum(given, SMALLEST)).mean())

    def others(self, positives: Any, rows: int) -> Any:
        """Return the rows that a label's own, (labels,), are weighed against: all."""
        return rows

    def scores(self, truth: np.ndarray, decided: np.ndarray) -> dict[str, float]:
        """Return accuracy, and where thresholds reject rows the coverage and the scores of what is answered.

        Accuracy counts a row without an answer as wrong; coverage is the share of rows with one. What is said of
        answers is NaN without any, and leaves out labels that no answered row carries.
        """
        answered = decided.any(axis=1)
        counted = counts(truth[answered], decided[answered])
        return {
            "accuracy": float((truth & decided).any(axis=1).mean()),
            "coverage": float(answered.mean()),
            "accuracy_of_answered": float(counted[0].sum() / counted[1].sum()) if answered.any() else np.nan,
            "macro_f1_of_answered": float(macro_f1(f1(*counted), counted[2])),
        }

    def ranking(self, truth: np.ndarray, probability: np.ndarray) -> dict[str, float]:
        """Return the share of rows whose label is the most probable, and of those where it is one of three."""
        own = probability[truth == 1]
        better = (probability > own[:, None]).sum(axis=1)
        first = self.claims(truth, probability)[0]
        return {"accuracy": float(first.mean()), "top_3_accuracy": float((better < 3).mean())}


PROBLEMS = {problem.type: problem for problem in (MultiLabel(), SingleLabel())}
Problem = MultiLabel | SingleLabel


def problem_of(params: dict) -> Problem:
    """Return the problem that a run's params name; those from before there were two name none, and are multi-label."""
    return PROBLEMS[params["problem"]["type"] if "problem" in params else MULTI_LABEL]
