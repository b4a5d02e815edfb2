"""Probabilities moved on the scale of their log-odds, with NumPy alone: what applies a calibration everywhere."""

from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True)
class Calibration:
    """Log-odds times a slope plus an intercept, (labels,) each: Platt 1999; a temperature T is the slope 1/T."""

    slope: np.ndarray
    intercept: np.ndarray

    @classmethod
    def none(cls, labels: int) -> Self:
        return cls(np.ones(labels), np.zeros(labels))

    def apply(self, probability: np.ndarray) -> np.ndarray:
        """Return (rows, labels) probabilities calibrated, float64 that float32 holds exactly.

        So what is stored or sent as float32 decides as what was computed. A label of slope 1 and intercept 0 keeps
        its probabilities to the last bit, so that thresholds chosen on them hold elsewhere.
        """
        same = (self.slope == 1) & (self.intercept == 0)
        if np.all(same):
            return probability
        with np.errstate(divide="ignore", over="ignore"):  # 0 and 1 stay what they are, through infinity
            log_odds = np.log(probability) - np.log1p(-probability)
            calibrated = 1 / (1 + np.exp(-(log_odds * self.slope + self.intercept)))
        return np.where(same, probability, calibrated.astype(np.float32).astype(np.float64))


class SoftmaxCalibration(Calibration):
    """Logarithms times a slope plus an intercept, (labels,) each, brought back to a sum of 1 a row.

    With one slope 1/T and no intercept it is what the softmax of logits divided by T would be: temperature scaling,
    Guo et al. 2017, section 4.2.
    """

    def apply(self, probability: np.ndarray) -> np.ndarray:
        """As `Calibration.apply`, of probabilities that sum to 1 a row."""
        if np.all((self.slope == 1) & (self.intercept == 0)):
            return probability
        with np.errstate(divide="ignore"):  # 0 stays 0, through minus infinity
            scores = np.log(probability) * self.slope + self.intercept
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        calibrated = powers / powers.sum(axis=1, keepdims=True)
        return calibrated.astype(np.float32).astype(np.float64)
