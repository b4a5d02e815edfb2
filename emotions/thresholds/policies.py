"""Ways to choose thresholds, and which of them holds up on rows that it did not choose on."""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from emotions.errors import UserError
from emotions.metrics.calibration import Kind
from emotions.metrics.decisions import decide
from emotions.metrics.f1 import counts, f1
from emotions.metrics.problem import Problem
from emotions.params import Count, NotNegative, Section
from emotions.progress import row_bar
from emotions.thresholds.chosen import NEVER
from emotions.thresholds.search import (
    GRID,
    Ranked,
    averaged_threshold,
    best_threshold,
    curve,
    cuts,
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
    calibration: Kind
    policy: Literal["auto", "argmax", "fixed", "fixed_0_3", "global", "per_label", "shrunk", "averaged", "precise"]
    folds: Annotated[int, Field(ge=2)]
    confused_pairs: Count
    seed: Annotated[int, Field(ge=0, lt=2**32)]


@dataclass(frozen=True)
class Choice:
    """What one label's ranked rows say: its counts at GRID, and the thresholds it would choose for itself.

    A label that no row carries has no best threshold and no averaged one: NaN.
    """

    hits: np.ndarray
    predicted: np.ndarray
    support: int
    best: float
    averaged: float
    precise: float


def choose_for(ranked: Ranked, params: ThresholdSweepParams, random: np.random.Generator) -> Choice:
    best, averaged, precise = math.nan, math.nan, NEVER
    if ranked.support:
        of = cuts(ranked)
        best, precise = best_threshold(of), precise_threshold(of, params.min_precision)
        averaged = averaged_threshold(ranked, params.resamples, random)
    return Choice(*ranked.counts(GRID), ranked.support, best, averaged, precise)


def policies_of(
    choices: list[Choice], rows: int, params: ThresholdSweepParams, problem: Problem
) -> dict[str, np.ndarray]:
    """Return each policy's thresholds, (labels,) each, from what each label's rows say.

    A label that no row carries gets the global threshold: nothing can be chosen; `precise` never predicts it.
    """
    hits, predicted = (np.stack([getattr(one, name) for one in choices], axis=1) for name in ("hits", "predicted"))
    support, best, averaged, precise = (
        np.array([getattr(one, name) for one in choices]) for name in ("support", "best", "averaged", "precise")
    )
    one = global_threshold(curve(hits, predicted, support, rows), params.objective)
    best = np.where(np.isnan(best), one, best)
    of_problem = {problem.default_policy: np.full(len(choices), problem.conventional)} if problem.default_policy else {}
    return of_problem | {
        "fixed": np.full(len(choices), params.fixed),
        "fixed_0_3": np.full(len(choices), LOWER_FIXED),
        "global": np.full(len(choices), one),
        "per_label": best,
        "shrunk": shrunk(best, one, support, params.shrinkage),
        "averaged": np.where(np.isnan(averaged), one, averaged),
        PRECISE: precise,
    }


def choose(labels: list[Ranked], params: ThresholdSweepParams, problem: Problem) -> dict[str, np.ndarray]:
    """Return each policy's thresholds, (labels,) each, from one split alone: validation, for anything honest."""
    random = np.random.default_rng(params.seed)
    return policies_of([choose_for(ranked, params, random) for ranked in labels], len(labels[0].row), params, problem)


def held_out_scores(
    truth: np.ndarray,
    candidates: np.ndarray,
    labels: list[Ranked],
    params: ThresholdSweepParams,
    problem: Problem,
    progress: str | None = None,
) -> dict[str, dict[str, float]]:
    """Return each policy's micro-F1 and macro-F1 on rows that it did not choose on: cross-validated within a split.

    The rows, (rows, labels) of the problem's candidates and ranked, are cut into folds at random; each fold is decided
    by the thresholds chosen on the others, then the decisions of all rows are scored together. `progress` is a bar's
    title; None shows none.
    """
    random = np.random.default_rng(params.seed)
    fold_of = random.permutation(len(truth)) % params.folds
    choices = [[] for _ in range(params.folds)]
    with row_bar(truth.size, progress, unit="pairs") as bar:
        for ranked in labels:
            fold_of_ranked = fold_of[ranked.row]
            for fold, of_labels in enumerate(choices):
                part = ranked.part(fold_of_ranked != fold)
                of_labels.append(choose_for(part, params, random))
            bar.update(len(truth))

    counted = {}
    for fold, of_labels in enumerate(choices):
        held = fold_of == fold
        fold_truth, fold_candidates = truth[held], candidates[held]
        for name, thresholds in policies_of(of_labels, len(truth) - len(fold_truth), params, problem).items():
            found = np.stack(counts(fold_truth, decide(fold_candidates, thresholds)))
            counted[name] = counted.get(name, 0) + found
    return {
        name: {"micro_f1": float(f1(*of_all.sum(axis=1))), "macro_f1": float(f1(*of_all).mean())}
        for name, of_all in counted.items()
    }


def resolve_policy(held_out: dict[str, dict[str, float]], params: ThresholdSweepParams, problem: Problem) -> str:
    """Return the policy that params name; for `auto` the problem's own or the one best by the objective held out.

    The first of several that tie, in the order of `choose`: the simpler one. Raises UserError for a policy that the
    problem does not have.
    """
    if params.policy not in ("auto", *held_out):
        raise UserError(
            f"threshold_sweep.policy={params.policy}: {problem.type} has {', '.join(held_out)}: "
            "dvc exp run -S threshold_sweep.policy=auto"
        )
    if params.policy != "auto":
        return params.policy
    competing = (name for name in held_out if name != PRECISE)
    return problem.default_policy or max(competing, key=lambda name: held_out[name][params.objective])
