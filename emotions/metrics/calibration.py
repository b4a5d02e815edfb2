"""How far probabilities can be read as probabilities; truth and probability are (rows, labels)."""

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from emotions.metrics.platt import Calibration


def cross_entropy(truth: np.ndarray, probability: np.ndarray) -> float:
    """Return the mean binary cross-entropy in nats, unweighted, so that it compares across training losses."""
    smallest = np.finfo(np.float32).tiny
    given = np.where(truth == 1, probability, 1 - probability)
    return float(-np.log(np.maximum(given, smallest)).mean())


def reliability(truth: np.ndarray, probability: np.ndarray, bins: int) -> pd.DataFrame:
    """Return, per bin of equal width, how often pairs of row and label hold against the mean probability they got.

    Columns: from, to, pairs, mean_probability, observed_share; bins without pairs are left out.
    """
    bin_of = np.minimum((probability.ravel() * bins).astype(int), bins - 1)
    pairs = np.bincount(bin_of, minlength=bins)
    filled = pairs > 0
    return pd.DataFrame(
        {
            "from": np.arange(bins)[filled] / bins,
            "to": np.arange(1, bins + 1)[filled] / bins,
            "pairs": pairs[filled],
            "mean_probability": np.bincount(bin_of, probability.ravel(), bins)[filled] / pairs[filled],
            "observed_share": np.bincount(bin_of, truth.ravel(), bins)[filled] / pairs[filled],
        }
    )


def expected_calibration_error(diagram: pd.DataFrame) -> float:
    """Return the mean gap between probability and observed share, weighted by pairs (Naeini et al. 2015)."""
    gap = (diagram["mean_probability"] - diagram["observed_share"]).abs()
    return float((gap * diagram["pairs"]).sum() / diagram["pairs"].sum())


def fit_temperature(truth: np.ndarray, probability: np.ndarray) -> float:
    """Return the temperature with the least cross-entropy, from 1/20 to 20 (Guo et al. 2017, section 4.2)."""
    found = minimize_scalar(
        lambda log_temperature: cross_entropy(truth, Calibration(np.exp(-log_temperature), 0).apply(probability)),
        bounds=(-np.log(20), np.log(20)),
        method="bounded",
    )
    return float(np.exp(found.x))


def fit_calibration(truth: np.ndarray, probability: np.ndarray, kind: str) -> Calibration:
    """Return the calibration of that kind: `none`, `temperature`, one for all labels, or `temperature_per_label`.

    The last gives a label that no row or every row carries the temperature for all.
    """
    labels = truth.shape[1]
    if kind == "none":
        return Calibration.none(labels)
    fitted = np.full(labels, fit_temperature(truth, probability))
    if kind == "temperature_per_label":
        for label in np.flatnonzero(truth.any(axis=0) & ~truth.all(axis=0)):
            fitted[label] = fit_temperature(truth[:, label], probability[:, label])
    return Calibration(1 / fitted, np.zeros(labels))
