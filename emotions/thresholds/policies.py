"""Ways to choose thresholds, and which of them holds up on rows that it did not choose on."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from emotions.errors import UserError
from emotions.metrics.decisions import decide
from emotions.metrics.f1 import counts, f1, macro_f1
from emotions.metrics.problem import Problem
from emotions.thresholds.chosen import NEVER
from emotions.thresholds.params import ThresholdSweepParams
from emotions.thresholds.search import (
    GRID,
    Ranked,
    averaged_threshold,
    best_threshold,
    curve,
    cuts,
    global_threshold,
    precise_threshold,
    rank_labels,
    shrunk,
)

LOWER_FIXED = 0.3  # what the GoEmotions paper (Demszky et al. 2020) scores at
PRECISE = "precise"  # promises precision, so it does not compete by F1
LEAK = "per_label_tuned_on_test_leak"  # what some published scores are; shown for comparison, never used


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


def curve_of(choices: list[Choice], rows: int) -> pd.DataFrame:
    """Return the F1 curve of one threshold for all labels, from what each label's rows say."""
    hits, predicted = (np.stack([getattr(one, name) for one in choices], axis=1) for name in ("hits", "predicted"))
    return curve(hits, predicted, np.array([one.support for one in choices]), rows)


def policies_of(
    choices: list[Choice], rows: int, params: ThresholdSweepParams, problem: Problem
) -> dict[str, np.ndarray]:
    """Return each policy's thresholds, (labels,) each, from what each label's rows say.

    A label that no row carries gets the global threshold: nothing can be chosen; `precise` never predicts it.
    """
    support, best, averaged, precise = (
        np.array([getattr(one, name) for one in choices]) for name in ("support", "best", "averaged", "precise")
    )
    one = global_threshold(curve_of(choices, rows), params.objective)
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


@dataclass(frozen=True)
class Swept:
    """What one split's rows say: each policy's thresholds, (labels,), and the F1 curve of one threshold for all.

    `held_out` has each policy's micro-F1 and macro-F1 on rows that it did not choose on; it is empty without folds.
    """

    policies: dict[str, np.ndarray]
    curve: pd.DataFrame
    held_out: dict[str, dict[str, float]]


def sweep(
    truth: np.ndarray,
    candidates: np.ndarray,
    params: ThresholdSweepParams,
    problem: Problem,
    *,
    hold_out: bool,
    progress: str | None = None,
) -> Swept:
    """Return what one split's rows, (rows, labels) of truth and of the problem's candidates, say.

    For what is reported as a model's own, the split is validation. `hold_out` cross-validates within the split: the
    rows are cut into folds at random, each fold is decided by the thresholds chosen on the others, then the decisions
    of all rows are scored together. Each label is ranked once and let go again. `progress` is a bar's title; None shows
    none.
    """
    random, of_folds = np.random.default_rng(params.seed), np.random.default_rng(params.seed)
    fold_of = of_folds.permutation(len(truth)) % params.folds
    choices = []
    of_others = [[] for _ in range(params.folds if hold_out else 0)]
    for ranked in rank_labels(truth, candidates, progress):
        choices.append(choose_for(ranked, params, random))
        fold_of_ranked = fold_of[ranked.row]
        for fold, of_labels in enumerate(of_others):
            of_labels.append(choose_for(ranked.part(fold_of_ranked != fold), params, of_folds))
    return Swept(
        policies=policies_of(choices, len(truth), params, problem),
        curve=curve_of(choices, len(truth)),
        held_out=held_out_scores(truth, candidates, fold_of, of_others, params, problem),
    )


def held_out_scores(
    truth: np.ndarray,
    candidates: np.ndarray,
    fold_of: np.ndarray,
    of_others: list[list[Choice]],
    params: ThresholdSweepParams,
    problem: Problem,
) -> dict[str, dict[str, float]]:
    """Return each policy's micro-F1 and macro-F1 where each fold's rows are decided by what `of_others` chose.

    `fold_of` is each row's fold, (rows,); `of_others` has, by fold, the choices of every label on the other rows.
    """
    counted = {}
    for fold, of_labels in enumerate(of_others):
        held = fold_of == fold
        fold_truth, fold_candidates = truth[held], candidates[held]
        for name, thresholds in policies_of(of_labels, len(truth) - len(fold_truth), params, problem).items():
            found = np.stack(counts(fold_truth, decide(fold_candidates, thresholds)))
            counted[name] = counted.get(name, 0) + found
    return {
        name: {"micro_f1": float(f1(*of_all.sum(axis=1))), "macro_f1": float(macro_f1(f1(*of_all), of_all[2]))}
        for name, of_all in counted.items()
    }


def resolve_policy(held_out: dict[str, dict[str, float]], params: ThresholdSweepParams, problem: Problem) -> str:
    """Return the policy that params name; for `auto` the problem's own or the one best by the objective held out.

    The first of several that tie, in the order of `policies_of`: the simpler one. Raises UserError for a policy that
    the problem does not have.
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
