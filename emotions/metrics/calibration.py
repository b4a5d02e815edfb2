"""How far probabilities can be read as probabilities, and what mends them; truth and probability are (rows, labels)."""

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

from emotions.errors import UserError
from emotions.metrics.chunks import chunks
from emotions.metrics.params import Kind
from emotions.metrics.platt import Calibration
from emotions.metrics.problem import Problem


def reliability(truth: np.ndarray, probability: np.ndarray, bins: int) -> pd.DataFrame:
    """Return, per bin of equal width, how often pairs of row and label hold against the mean probability they got.

    Columns: from, to, pairs, mean_probability, observed_share; bins without pairs are left out.
    """
    pairs, said, held = (np.zeros(bins, dtype) for dtype in (np.int64, float, float))
    for part in chunks(len(truth)):
        probabilities = probability[part].ravel()
        bin_of = np.minimum((probabilities * bins).astype(int), bins - 1)
        pairs += np.bincount(bin_of, minlength=bins)
        said += np.bincount(bin_of, probabilities, bins)
        held += np.bincount(bin_of, truth[part].ravel(), bins)
    filled = pairs > 0
    return pd.DataFrame(
        {
            "from": np.arange(bins)[filled] / bins,
            "to": np.arange(1, bins + 1)[filled] / bins,
            "pairs": pairs[filled],
            "mean_probability": said[filled] / pairs[filled],
            "observed_share": held[filled] / pairs[filled],
        }
    )


def expected_calibration_error(diagram: pd.DataFrame) -> float:
    """Return the mean gap between probability and observed share, weighted by pairs (Naeini et al. 2015).

    Of a diagram over all labels it is the pooled error: a label said too often hides one said too seldom.
    """
    gap = (diagram["mean_probability"] - diagram["observed_share"]).abs()
    return float((gap * diagram["pairs"]).sum() / diagram["pairs"].sum())


def classwise_calibration_error(truth: np.ndarray, probability: np.ndarray, bins: int) -> float:
    """Return the mean over labels of each label's own expected calibration error (Kull et al. 2019, section 2)."""
    columns = zip(truth.T, probability.T, strict=True)
    return float(np.mean([expected_calibration_error(reliability(*column, bins)) for column in columns]))


def fit_temperature(truth: np.ndarray, probability: np.ndarray, problem: Problem) -> float:
    """Return what outputs are best divided by: the least log loss, from 1/20 to 20 (Guo et al. 2017, section 4.2)."""
    logits = problem.logits(probability)
    found = minimize_scalar(
        lambda log_temperature: problem.log_loss(truth, problem.probabilities(logits / np.exp(log_temperature))),
        bounds=(-np.log(20), np.log(20)),
        method="bounded",
    )
    return float(np.exp(found.x))


def fit_platt(truth: np.ndarray, probability: np.ndarray) -> tuple[float, float]:
    """Return slope and intercept of a logistic regression of the truth on log-odds (Platt 1999).

    scikit-learn's own L2 penalty of 1 stays on the slope: it weighs as little as one row, and keeps the slope finite
    where probabilities part the rows of a label without a mistake.
    """
    smallest, largest = np.finfo(np.float32).tiny, 1 - np.finfo(np.float32).epsneg  # float32's own, in place of 0 and 1
    log_odds = logit(np.clip(probability, smallest, largest).reshape(-1, 1))
    fitted = LogisticRegression(solver="newton-cholesky").fit(log_odds, truth.ravel())
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def fit_calibration(truth: np.ndarray, probability: np.ndarray, kind: Kind, problem: Problem) -> Calibration:
    """Return the calibration of that kind, fitted on these rows.

    `none` leaves probabilities as they are; `temperature` has one slope for all labels, `platt` one slope and one
    intercept; the two `_per_label` fit each label by itself, but for one that no row or every row carries, and one
    that its probabilities rank the wrong way round: those take what fits all. Raises UserError where the
    probabilities of all labels together rank the wrong way round, and for a kind that the problem does not have.
    """
    labels = truth.shape[1]
    if kind not in problem.calibrations:
        raise UserError(
            f"threshold_sweep.calibration={kind}: {problem.type} has {', '.join(problem.calibrations)}: "
            "dvc exp run -S threshold_sweep.calibration=temperature"
        )
    if kind == "none":
        return problem.calibration.none(labels)

    def fit(truth: np.ndarray, probability: np.ndarray) -> tuple[float, float]:
        if kind.startswith("platt"):
            return fit_platt(truth, probability)
        return 1 / fit_temperature(truth, probability, problem), 0.0

    for_all = fit(truth, probability)
    if for_all[0] <= 0:
        raise UserError(
            f"calibration {kind}: the higher a validation row's probability, the seldomer it holds; a model that has "
            "learned nothing can't be calibrated: dvc exp run -S threshold_sweep.calibration=none"
        )
    fitted = np.tile(for_all, (labels, 1))
    if kind.endswith("_per_label"):
        for label in np.flatnonzero(truth.any(axis=0) & ~truth.all(axis=0)):
            own = fit(truth[:, label], probability[:, label])
            if own[0] > 0:
                fitted[label] = own
    return problem.calibration(slope=fitted[:, 0], intercept=fitted[:, 1])
