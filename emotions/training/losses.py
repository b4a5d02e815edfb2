"""Losses for rare labels, computed on float32 logits whatever the precision of training."""

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from emotions.errors import UserError
from emotions.metrics.problem import MULTI_LABEL, SINGLE_LABEL, Problem
from emotions.training.params import AsymmetricParams, LossParams

SMALLEST = 1e-8

Loss = Callable[[Tensor, Tensor], Tensor]


def refuse_other_problem(params: LossParams, problem: Problem) -> None:
    """Raise UserError for a loss that is not made for any number of labels a row, or for exactly one."""
    made_for = {
        MULTI_LABEL: ("bce", "focal", "asymmetric", "zlpr"),
        SINGLE_LABEL: ("cross_entropy", "focal"),
    }[problem.type]
    if params.name not in made_for:
        raise UserError(
            f"train.loss.name={params.name} is not made for problem.type={problem.type}, which has "
            f"{', '.join(made_for)}: dvc exp run -S train.loss.name={made_for[0]}"
        )
    if problem.type == SINGLE_LABEL and params.name == "focal" and params.focal.alpha is not None:
        raise UserError(
            f"train.loss.focal.alpha weighs rows with a label against rows without it; {problem.type} has no such "
            "rows: dvc exp run -S train.loss.focal.alpha=null"
        )


def positive_weights(positives: Tensor, rows: int, params: LossParams) -> Tensor:
    """Return how many times a positive counts, (labels,) float32, at most `weight_cap`.

    `inverse` is (rows - positives) / positives, PyTorch's advice for BCEWithLogitsLoss; `sqrt_inverse` its root;
    `effective_number` the same ratio of effective numbers (1 - beta^n) / (1 - beta), Cui et al. 2019, equation 2;
    `none` ones. `positives` is (labels,), the training rows that carry each label, more than 0 and fewer than all.
    """
    positives = positives.double()
    negatives = rows - positives
    match params.weighting:
        case "none":
            weights = torch.ones_like(positives)
        case "sqrt_inverse":
            weights = (negatives / positives).sqrt()
        case "inverse":
            weights = negatives / positives
        case "effective_number":
            beta = params.effective_number_beta
            weights = (1 - beta**negatives) / (1 - beta**positives)
    return weights.clamp(max=params.weight_cap).float()


def bce(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Return the mean binary cross-entropy; logits and targets are (rows, labels), weights (labels,).

    Targets may lie between 0 and 1: smoothed, or a teacher's probabilities. The loss is least where the probability is
    the target, or, over equal comments, the share of them that carries the label.
    """
    return functional.binary_cross_entropy_with_logits(
        logits.float(), targets.float(), pos_weight=weights.to(logits.device)
    )


def focal(logits: Tensor, targets: Tensor, weights: Tensor, gamma: float, alpha: float | None) -> Tensor:
    """Return the mean focal loss, alpha_t (1 - p_t)^gamma times the cross-entropy (Lin et al. 2017, equation 5).

    p_t is the probability given to the truth; alpha weighs positives, 1 - alpha negatives, None weighs neither.
    Shapes as in `bce`; gamma 0 without alpha is `bce`. It is not least at the target, nor at the share of equal
    comments that carries a label, but nearer to one half: at gamma 2, 0.01 asks for 0.154, 0.1 for 0.306 and 0.9 for
    0.694.
    """
    logits, targets = logits.float(), targets.float()
    log_p, log_q = functional.logsigmoid(logits), functional.logsigmoid(-logits)
    positive = weights.to(logits.device) * targets * torch.exp(gamma * log_q) * log_p
    negative = (1 - targets) * torch.exp(gamma * log_p) * log_q
    if alpha is not None:
        positive, negative = alpha * positive, (1 - alpha) * negative
    return -(positive + negative).mean()


def asymmetric(logits: Tensor, targets: Tensor, weights: Tensor, params: AsymmetricParams) -> Tensor:
    """Return the mean asymmetric loss (Ridnik et al. 2021, equations 4 to 7).

    Positives and negatives have a focusing gamma each; a negative below the probability `margin` costs nothing.
    Shapes as in `bce`; both gammas and the margin 0 is `bce`. It is least above the target, as above the share of
    equal comments that carries a label: at gammas 0 and 2 and margin 0.05, 0.01 asks for 0.180, 0.1 for 0.343, 0.5 for
    0.611 and 0.9 for 0.925. Soft targets bring no bias of their own: the loss is linear in them, a target of 0.1 is
    worth one comment in ten. So they are taken, here and in `focal`: the order of probabilities is that of the
    targets, and thresholds and calibration, fitted on validation, take up the shift.
    """
    logits, targets = logits.float(), targets.float()
    log_p, log_q = functional.logsigmoid(logits), functional.logsigmoid(-logits)
    shifted = (torch.sigmoid(logits) - params.margin).clamp(min=SMALLEST)  # a power of 0 has no slope
    log_margin = math.log(params.margin) if params.margin else -math.inf
    log_rest = torch.logaddexp(log_q, torch.full_like(log_q, log_margin)).clamp(max=0)  # log(1 - shifted)
    positive = weights.to(logits.device) * targets * torch.exp(params.gamma_positive * log_q) * log_p
    negative = (1 - targets) * shifted**params.gamma_negative * log_rest
    return -(positive + negative).mean()


def zlpr(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean ZLPR loss of rows: log(1 + sum e^-s) of labels that hold + log(1 + sum e^s) of the others.

    It pushes each label that holds above each that does not, with 0 between them (Su et al. 2022, equation 5).
    Shapes as in `bce`, targets 0 or 1.
    """
    logits, holds = logits.float(), targets > 0.5
    zero = torch.zeros_like(logits[:, :1])
    missed = torch.cat([zero, (-logits).masked_fill(~holds, -math.inf)], dim=1)
    wrong = torch.cat([zero, logits.masked_fill(holds, -math.inf)], dim=1)
    return (missed.logsumexp(dim=1) + wrong.logsumexp(dim=1)).mean()


def cross_entropy(logits: Tensor, targets: Tensor, weights: Tensor, gamma: float = 0.0) -> Tensor:
    """Return the mean cross-entropy of rows under the softmax of their logits, each label's share of it weighed.

    logits and targets are (rows, labels), a row's targets sum to 1 and may be shares, weights (labels,). A `gamma`
    above 0 makes it the focal loss of Lin et al. 2017, equation 5: (1 - p)^gamma times a label's own share.
    """
    log_p = functional.log_softmax(logits.float(), dim=1)
    own = weights.to(logits.device) * targets.float() * log_p
    if gamma:
        own = own * (1 - log_p.exp()).clamp(min=SMALLEST) ** gamma  # a power of 0 has no slope
    return -own.sum(dim=1).mean()


def disagreement(logits: Tensor, problem: Problem) -> Tensor:
    """Return how far two readings of the same rows are apart: their mean Kullback-Leibler divergence, both ways.

    `logits` are (2 x rows, labels), first all rows' first reading, then their second. As in the losses, it is the mean
    over rows and labels, or over rows under a softmax. Summed both ways the divergence is (p - q) (s - t), of the
    probabilities p and q and their logits s and t: what normalises them cancels out.
    """
    first, second = logits.float().chunk(2)
    softmax = problem.type == SINGLE_LABEL
    p, q = (torch.softmax(half, dim=1) if softmax else torch.sigmoid(half) for half in (first, second))
    apart = (p - q) * (first - second) / 2
    return apart.sum(dim=1).mean() if softmax else apart.mean()


def smooth(targets: Tensor, share: float, classes: int) -> Tensor:
    """Return targets moved by `share` towards an equal chance of all classes (Szegedy et al. 2016, section 7)."""
    return targets * (1 - share) + share / classes


def build_loss(params: LossParams, weights: Tensor, problem: Problem) -> Loss:
    """Return the loss that params name, a function of logits and targets; a new loss is one more case here."""
    if problem.type == SINGLE_LABEL:
        gamma = params.focal.gamma if params.name == "focal" else 0.0
        return lambda logits, targets: cross_entropy(
            logits, smooth(targets, params.label_smoothing, targets.shape[1]), weights, gamma
        )
    match params.name:
        case "bce":
            chosen = partial(bce, weights=weights)
        case "focal":
            chosen = partial(focal, weights=weights, gamma=params.focal.gamma, alpha=params.focal.alpha)
        case "asymmetric":
            chosen = partial(asymmetric, weights=weights, params=params.asymmetric)
        case "zlpr":
            return zlpr
    return lambda logits, targets: chosen(logits, smooth(targets, params.label_smoothing, classes=2))  # holds, or not
