"""Ways to choose thresholds, and which of them holds up on rows that it did not choose on."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from emotions.params import Count, NotNegative, Section
from emotions.progress import row_bar
from emotions.scores import decide, f1_scores
from emotions.thresholds import (
    NEVER,
    averaged_threshold,
    best_threshold,
    cuts,
    f1_curve,
    global_threshold,
    precise_threshold,
    shrunk,
)

LOWER_FIXED = 0.3  # what the GoEmotions paper (Demszky et al. 2020) scores at
PRECISE = "precise"  # promises precision, so it does not compete by F1
LEAK = "per_label_tuned_on_test_leak"  # what some published scores are; shown for comparison, never used


class ThresholdSweepParams(Section):
    fixed: Annotated[float, Field(gt=0, lt=1)]
    objective: Literal["micro_f1", "macro_f1"]
    shrinkage: NotNegative
    resamples: Count
    min_precision: Annotated[float, Field(gt=0, le=1)]
    calibration: Literal["none", "temperature", "temperature_per_label"]
    policy: Literal["auto", "fixed", "fixed_0_3", "global", "per_label", "shrunk", "averaged", "precise"]
    folds: Annotated[int, Field(ge=2)]
    seed: Annotated[int, Field(ge=0, lt=2**32)]


def choose(
    truth: np.ndarray, probability: np.ndarray, params: ThresholdSweepParams, progress: str | None = None
) -> dict[str, np.ndarray]:
    """Return each policy's thresholds, (labels,) each, from one split alone: validation, for anything honest.

    A label that no row carries gets the global threshold: nothing can be chosen; `precise` never predicts it.
    `progress` is the title of a bar over the pairs of row and label; None shows none.
    """
    random = np.random.default_rng(params.seed)
    one = global_threshold(f1_curve(truth, probability), params.objective)
    labels = truth.shape[1]
    best, averaged, precise = np.full(labels, one), np.full(labels, one), np.full(labels, NEVER)
    with row_bar(truth.size, progress, unit="pairs") as bar:
        for label in range(labels):
            pair = truth[:, label], probability[:, label]
            if pair[0].any():
                of = cuts(*pair)
                best[label] = best_threshold(of)
                precise[label] = precise_threshold(of, params.min_precision)
                averaged[label] = averaged_threshold(*pair, params.resamples, random)
            bar.update(len(truth))
    averaged = np.where(np.isnan(averaged), one, averaged)
    return {
        "fixed": np.full(labels, params.fixed),
        "fixed_0_3": np.full(labels, LOWER_FIXED),
        "global": np.full(labels, one),
        "per_label": best,
        "shrunk": shrunk(best, one, truth.sum(axis=0), params.shrinkage),
        "averaged": averaged,
        PRECISE: precise,
    }


def held_out_scores(
    truth: np.ndarray, probability: np.ndarray, params: ThresholdSweepParams, progress: str | None = None
) -> dict[str, dict[str, float]]:
    """Return each policy's micro-F1 and macro-F1 on rows that it did not choose on: cross-validated within a split.

    The rows are cut into folds at random; each fold is decided by the thresholds chosen on the others, then the
    decisions of all rows are scored together.
    """
    fold_of = np.random.default_rng(params.seed).permutation(len(truth)) % params.folds
    decided = {}
    for fold in range(params.folds):
        held = fold_of == fold
        title = progress and f"{progress} but fold {fold + 1} of {params.folds}"
        for name, thresholds in choose(truth[~held], probability[~held], params, title).items():
            decided.setdefault(name, np.empty_like(truth))[held] = decide(probability[held], thresholds)
    return {name: f1_scores(truth, of_all) for name, of_all in decided.items()}


def resolve_policy(held_out: dict[str, dict[str, float]], params: ThresholdSweepParams) -> str:
    """Return the policy that params name; for `auto` the one with the highest objective on held-out rows.

    The first of several that tie, in the order of `choose`: the simpler one.
    """
    if params.policy != "auto":
        return params.policy
    return max((name for name in held_out if name != PRECISE), key=lambda name: held_out[name][params.objective])
