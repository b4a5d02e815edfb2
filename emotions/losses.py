"""Losses for rare labels, computed on float32 logits whatever the precision of training."""

from collections.abc import Callable
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from emotions.params import NotNegative, Section


class LossParams(Section):
    name: Literal["bce", "focal"]
    weighting: Literal["none", "sqrt_inverse", "inverse"]
    weight_cap: Annotated[float, Field(ge=1)]
    focal_gamma: NotNegative


Loss = Callable[[Tensor, Tensor], Tensor]


def positive_weights(positives: Tensor, rows: int, weighting: str, cap: float) -> Tensor:
    """Return how many times a positive counts, (labels,) float32, at most `cap`.

    `inverse` is (rows - positives) / positives, PyTorch's advice for BCEWithLogitsLoss; `sqrt_inverse` its root;
    `none` ones. `positives` is (labels,), the training rows that carry each label, none of them 0.
    """
    ratio = (rows - positives) / positives
    match weighting:
        case "none":
            weights = torch.ones_like(ratio)
        case "sqrt_inverse":
            weights = ratio.sqrt()
        case "inverse":
            weights = ratio
    return weights.clamp(max=cap).float()


def bce(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Return the mean binary cross-entropy; logits and targets are (rows, labels), weights (labels,)."""
    return functional.binary_cross_entropy_with_logits(
        logits.float(), targets.float(), pos_weight=weights.to(logits.device)
    )


def focal(logits: Tensor, targets: Tensor, weights: Tensor, gamma: float) -> Tensor:
    """Return the mean focal loss, (1 - p_t)^gamma times the cross-entropy (Lin et al. 2017, equation 4).

    p_t is the probability given to the truth. Shapes as in `bce`; gamma 0 is `bce`.
    """
    logits, targets = logits.float(), targets.float()
    cross_entropy = functional.binary_cross_entropy_with_logits(
        logits, targets, pos_weight=weights.to(logits.device), reduction="none"
    )
    wrong = torch.sigmoid(torch.where(targets == 1, -logits, logits))  # 1 - p_t, exact for extreme logits too
    return (wrong**gamma * cross_entropy).mean()


def build_loss(params: LossParams, weights: Tensor) -> Loss:
    """Return the loss that params name, a function of logits and targets; a new loss is one more case here."""
    match params.name:
        case "bce":
            return lambda logits, targets: bce(logits, targets, weights)
        case "focal":
            return lambda logits, targets: focal(logits, targets, weights, params.focal_gamma)
