"""The full report of a run: every policy on validation and test, with all that the protocol of GoEmotions asks for."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from emotions.data.corpus import Row
from emotions.data.fingerprints import normalise
from emotions.data.targets import multi_hot
from emotions.experiments.bootstrap import SCORES, draw, interval, resampled_average_precision, resampled_scores
from emotions.experiments.sources import SPLITS
from emotions.metrics.calibration import (
    classwise_calibration_error,
    expected_calibration_error,
    fit_calibration,
    reliability,
)
from emotions.metrics.decisions import confused_pairs, decide, decision_scores, frequent_labels, in_groups, tier
from emotions.metrics.f1 import f1_scores
from emotions.metrics.label_table import per_label
from emotions.metrics.problem import MULTI_LABEL, PROBLEMS, Problem
from emotions.metrics.ranking import ranking_scores
from emotions.metrics.undefined import undefined, without_nan
from emotions.thresholds.chosen import Chosen
from emotions.thresholds.params import ThresholdSweepParams
from emotions.thresholds.policies import LEAK, resolve_policy, sweep
from emotions.thresholds.search import by_label, f1_curve, global_threshold, rank_labels, side_by_side

# Recorded runs compare by one protocol; what a run's own threshold_sweep chose stands beside it, as own_sweep.
PROTOCOL = ThresholdSweepParams(
    fixed=0.5,
    objective="macro_f1",
    shrinkage=50,
    resamples=100,
    min_precision=0.8,
    calibration="none",
    policy="auto",
    folds=5,
    confused_pairs=20,
    seed=42,
)
CALIBRATED_MICRO = "calibrated_micro"  # chosen for micro-F1, so it does not compete by macro-F1
CALIBRATION_OF_MICRO = "platt_per_label"
MULTI = PROBLEMS[MULTI_LABEL]
BINS = 15
PAIRED = "averaged"  # the policy by which configurations are compared row by row
RANKING = "mean_average_precision"
# What is kept in every resample, beside RANKING: by policy, how many of SCORES, micro-F1 first.
KEPT = {"shrunk": 3, PAIRED: 3, CALIBRATED_MICRO: 1}


@dataclass(frozen=True)
class Report:
    """`metrics` for JSON; tables for CSV: labels, groups, confused pairs, the F1 curve; resampled scores."""

    metrics: dict
    per_emotion: pd.DataFrame
    groups: pd.DataFrame
    confused_pairs: pd.DataFrame
    threshold_curve: pd.DataFrame
    resampled: dict[str, np.ndarray]


def rounded(scores: dict[str, float]) -> dict[str, float | None]:
    """Return scores to six digits; None, JSON's null, for one that is not defined (NaN)."""
    return without_nan({name: round(value, 6) for name, value in scores.items()})


def calibration_scores(truth: np.ndarray, probability: np.ndarray, problem: Problem) -> dict[str, float]:
    """Return how far probabilities of one split, (rows, labels), can be read as such: pooled, by label, in nats."""
    return {
        "expected_calibration_error": expected_calibration_error(
            reliability(*problem.claims(truth, probability), BINS)
        ),
        "classwise_calibration_error": classwise_calibration_error(truth, probability, BINS),
        "log_loss": problem.log_loss(truth, probability),
    }


def calibrations(
    truth: dict[str, np.ndarray], probability: dict[str, np.ndarray], problem: Problem
) -> dict[str, dict[str, float]]:
    """Return `calibration_scores` on test by each calibration fitted on validation: a dict of kinds a score."""
    scores = {}
    for kind in problem.calibrations:
        calibration = fit_calibration(truth["validation"], probability["validation"], kind, problem)
        calibrated = calibration.apply(probability["test"])
        for name, value in rounded(calibration_scores(truth["test"], calibrated, problem)).items():
            scores.setdefault(name, {})[kind] = value
    return scores


def own_sweep(
    own: Chosen, truth: dict[str, np.ndarray], probability: dict[str, np.ndarray], frequent: np.ndarray
) -> dict:
    """Return what a run's own threshold_sweep chose, and how that scores on validation and on test."""
    decided = {split: own.decide(values) for split, values in probability.items()}
    resampled = resampled_scores(truth["test"], {own.policy: decided["test"]}, frequent)
    return {
        "policy": own.policy,
        **{split: rounded(decision_scores(truth[split], decided[split], frequent)) for split in SPLITS},
        "intervals": intervals(resampled)[own.policy],
        **rounded(calibration_scores(truth["test"], own.calibration.apply(probability["test"]), own.problem)),
    }


def calibrated_micro(truth: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Return the thresholds, (labels,), of one for all labels after a calibration of slope and intercept a label.

    The one with the highest micro-F1, as `calibration: platt_per_label`, `objective: micro_f1` and `policy: global`
    choose it. Slopes are above 0, so that a label's order stays and its threshold has an equal before the calibration.
    """
    calibration = fit_calibration(truth, probability, CALIBRATION_OF_MICRO, MULTI)
    one = global_threshold(f1_curve(rank_labels(truth, calibration.apply(probability))), "micro_f1")
    return expit((logit(one) - calibration.intercept) / calibration.slope)


def chosen_by_protocol(truth: np.ndarray, probability: np.ndarray, problem: Problem) -> dict[str, np.ndarray]:
    """Return the thresholds, (labels,), of every policy that records are scored by, from validation's rows."""
    swept = sweep(truth, problem.candidates(probability), PROTOCOL, problem, hold_out=False)
    return swept.policies | policy_for_micro(truth, probability, problem)


def policy_for_micro(truth: np.ndarray, probability: np.ndarray, problem: Problem) -> dict[str, np.ndarray]:
    """Return CALIBRATED_MICRO with its thresholds, (labels,), where the problem has its calibration; else nothing."""
    if CALIBRATION_OF_MICRO not in problem.calibrations:
        return {}
    return {CALIBRATED_MICRO: calibrated_micro(truth, probability)}


def held_out_micro(truth: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """Return what `sweep` holds out for CALIBRATED_MICRO, calibration and all chosen without the fold scored."""
    fold_of = np.random.default_rng(PROTOCOL.seed).permutation(len(truth)) % PROTOCOL.folds
    decided = np.zeros_like(truth)
    for fold in range(PROTOCOL.folds):
        held = fold_of == fold
        decided[held] = decide(probability[held], calibrated_micro(truth[~held], probability[~held]))
    return f1_scores(truth, decided)


def intervals(resampled: dict[str, np.ndarray]) -> dict[str, dict[str, list[float]]]:
    """Return the interval of each score of each policy from their resamples, (scores, resamples)."""
    return {
        name: {
            score: without_nan([round(end, 6) for end in interval(values)])
            for score, values in zip(SCORES, of, strict=True)
        }
        for name, of in resampled.items()
    }


def group_table(
    truth: dict[str, np.ndarray], probability: dict[str, np.ndarray], groupings: pd.DataFrame
) -> pd.DataFrame:
    """Return F1 on test of each group of labels by policy: columns grouping, group, rows, then one policy each.

    A group's probability is the highest of its labels'; its thresholds are chosen on validation as those of labels.
    The row `macro` is the mean over a grouping's groups. `groupings` has label, then one column a grouping.
    """
    tables = []
    for grouping in groupings.columns[1:]:
        group_of, groups = pd.factorize(groupings[grouping])
        holds = {split: in_groups(truth[split], group_of.tolist()) for split in probability}
        of_groups = {
            split: np.stack([values[:, group_of == group].max(axis=1) for group in range(len(groups))], axis=1)
            for split, values in probability.items()
        }
        # a row may be of several groups
        policies = chosen_by_protocol(holds["validation"], of_groups["validation"], MULTI)
        table = pd.DataFrame({"grouping": grouping, "group": groups, "rows": holds["test"].sum(axis=0, dtype=int)})
        for name, thresholds in policies.items():
            decided = decide(of_groups["test"], thresholds)
            table[name] = per_label(holds["test"], decided, of_groups["test"], list(groups))["f1"]
        means = table[list(policies)].mean().to_dict()
        macro = {"grouping": grouping, "group": "macro", "rows": table["rows"].sum(), **means}
        tables += [table, pd.DataFrame([macro])]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["grouping", "group", "rows"])


def label_table(
    truth: dict[str, np.ndarray],
    probability: np.ndarray,
    policies: dict[str, np.ndarray],
    names: list[str],
    problem: Problem,
) -> pd.DataFrame:
    """Return one row a label: its rows, its average precision on test, then how each policy decided there."""
    tables = {
        policy: per_label(truth["test"], decide(problem.candidates(probability), thresholds), probability, names)
        for policy, thresholds in policies.items()
    }
    first = next(iter(tables.values()))
    rows = {f"{split}_rows": labels.sum(axis=0, dtype=int) for split, labels in truth.items()}
    table = pd.DataFrame({"label": names, **rows, "average_precision": first["average_precision"]})
    decided = [
        of_policy[["predicted", "precision", "recall", "f1"]].add_prefix(f"{policy}_")
        for policy, of_policy in tables.items()
    ]
    return pd.concat([table, *decided], axis=1)


def split_scores(
    truth: np.ndarray,
    probability: np.ndarray,
    policies: dict[str, np.ndarray],
    frequent: np.ndarray,
    problem: Problem,
) -> dict:
    """Return a split's ranking scores and every score of each policy's decisions."""
    candidates = problem.candidates(probability)
    scores = {}
    for name, thresholds in policies.items():
        decided = decide(candidates, thresholds)
        scores[name] = rounded(decision_scores(truth, decided, frequent) | problem.scores(truth, decided))
    ranking = ranking_scores(truth, probability) | problem.ranking(truth, probability)
    return rounded(ranking) | {"rows": len(truth), "policies": scores}


def build_report(
    rows: dict[str, list[Row]],
    probability: dict[str, np.ndarray],
    names: list[str],
    groupings: pd.DataFrame,
    frequent_rows: int,
    own: Chosen | None,
    problem: Problem,
) -> Report:
    """Return the report of a model's probabilities, (rows, labels) float64 for validation and for test.

    `rows` holds train, validation and test in the order of the probabilities; train tells which test comments stand
    in it, after normalising. Everything chosen is chosen on validation, but the row that says it is a leak. `own` is
    what the run's own threshold_sweep chose; None for what has none, a blend or a baseline.
    """
    truth = {split: multi_hot([row.labels for row in of], len(names)) for split, of in rows.items()}
    frequent = frequent_labels(truth["test"], frequent_rows)
    candidates = {split: problem.candidates(of_split) for split, of_split in probability.items()}
    swept = {
        split: sweep(truth[split], candidates[split], PROTOCOL, problem, hold_out=split == "validation")
        for split in SPLITS
    }
    policies = swept["validation"].policies | policy_for_micro(truth["validation"], probability["validation"], problem)
    held_out = swept["validation"].held_out
    chosen = resolve_policy(held_out, PROTOCOL, problem)
    if CALIBRATED_MICRO in policies:
        held_out = held_out | {CALIBRATED_MICRO: held_out_micro(truth["validation"], probability["validation"])}
    shown = policies | {LEAK: swept["test"].policies["per_label"]}
    known = {normalise(row.text) for row in rows["train"]}
    unseen = np.array([normalise(row.text) not in known for row in rows["test"]])

    decided = {name: decide(candidates["test"], thresholds) for name, thresholds in shown.items()}
    resampled = resampled_scores(truth["test"], decided, frequent)
    metrics = {
        "protocol": PROTOCOL.model_dump(),
        "policy": chosen,
        "frequent_labels": int(frequent.sum()),
        "thresholds": {name: by_label(thresholds, names) for name, thresholds in shown.items()},
        "held_out": {name: rounded(scores) for name, scores in held_out.items()},
        "validation": split_scores(truth["validation"], probability["validation"], policies, frequent, problem),
        "test": split_scores(truth["test"], probability["test"], shown, frequent, problem),
        "test_unseen": split_scores(truth["test"][unseen], probability["test"][unseen], shown, frequent, problem),
        **calibrations(truth, probability, problem),
        "intervals": intervals(resampled),
    }
    if left_out := undefined({split: truth[split] for split in SPLITS}, frequent_rows):
        metrics["undefined"] = left_out
    if own:
        metrics["own_sweep"] = own_sweep(own, truth, probability, frequent)
    per_emotion = label_table(truth, probability["test"], shown, names, problem)
    per_emotion["tier"] = per_emotion[f"{chosen}_f1"].map(tier)
    ids = np.array([row.id for row in rows["test"]])
    ranking = resampled_average_precision(draw(len(ids)), truth["test"], probability["test"])
    return Report(
        metrics=metrics,
        per_emotion=per_emotion,
        groups=group_table(truth, probability, groupings),
        confused_pairs=confused_pairs(truth["test"], decided[chosen], names, PROTOCOL.confused_pairs, ids),
        threshold_curve=side_by_side({split: of.curve for split, of in swept.items()}),
        resampled={name: resampled[name][:scores] for name, scores in KEPT.items() if name in resampled}
        | {RANKING: ranking[np.newaxis].astype(np.float32)},
    )
