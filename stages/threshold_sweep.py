"""Choose thresholds on validation, then score each choice on test, label by label too."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from emotions.artifacts import write_json, write_table
from emotions.errors import UserError
from emotions.inference.predictions import PREDICTIONS, load_splits
from emotions.metrics.calibration import (
    classwise_calibration_error,
    expected_calibration_error,
    fit_calibration,
    reliability,
)
from emotions.metrics.decisions import (
    confused_pairs,
    confusion_matrix,
    decide,
    decision_scores,
    frequent_labels,
    tier,
)
from emotions.metrics.label_table import per_label
from emotions.metrics.params import ScoresParams
from emotions.metrics.problem import PROBLEMS, Problem
from emotions.metrics.undefined import undefined, without_nan
from emotions.params import ProblemParams, read_params
from emotions.stage import Inputs, run_stage
from emotions.thresholds.chosen import CHOSEN, Chosen
from emotions.thresholds.params import ThresholdSweepParams
from emotions.thresholds.policies import LEAK, resolve_policy, sweep
from emotions.thresholds.search import reject_curve, side_by_side

METRICS = Path("metrics/threshold_sweep.json")
CURVE = Path("plots/threshold_curve.csv")
POLICIES = Path("plots/policies.csv")
RELIABILITY = Path("plots/calibrated_reliability.csv")
PER_EMOTION = Path("plots/per_emotion.csv")
CONFUSED_PAIRS = Path("plots/confused_pairs.csv")
CONFUSION_MATRIX = Path("plots/confusion_matrix.csv")

HEADLINE = ("micro_f1", "macro_f1", "macro_f1_frequent")


def policy_scores(
    truth: dict[str, np.ndarray],
    candidates: dict[str, np.ndarray],
    policies: dict[str, np.ndarray],
    frequent: np.ndarray,
    problem: Problem,
) -> pd.DataFrame:
    """Return one row a policy: every score of its decisions on each split, columns named `<split>_<score>`."""
    rows = []
    for name, thresholds in policies.items():
        row = {"policy": name}
        for split, of_split in candidates.items():
            decided = decide(of_split, thresholds)
            scores = decision_scores(truth[split], decided, frequent) | problem.scores(truth[split], decided)
            row |= {f"{split}_{score}": value for score, value in scores.items()}
        rows.append(row)
    return pd.DataFrame(rows)


def main() -> None:
    params = read_params("threshold_sweep", ThresholdSweepParams)
    score_params = read_params("scores", ScoresParams)
    problem = PROBLEMS[read_params("problem", ProblemParams).type]
    inputs = Inputs.read(["problem", "scores", "threshold_sweep"], [PREDICTIONS])
    raw = load_splits(PREDICTIONS)
    labels = raw["test"].labels.tolist()
    if params.folds > (rows := len(raw["validation"].truth)):
        raise UserError(
            f"threshold_sweep.folds={params.folds}: expected at most the {rows} validation rows; "
            f"dvc exp run -S threshold_sweep.folds={min(5, rows)}"
        )

    calibration = fit_calibration(raw["validation"].truth, raw["validation"].probability, params.calibration, problem)
    splits = {
        split: replace(predictions, probability=calibration.apply(predictions.probability))
        for split, predictions in raw.items()
    }
    validation, test = splits["validation"], splits["test"]
    truth = {split: predictions.truth for split, predictions in splits.items()}
    candidates = {split: problem.candidates(predictions.probability) for split, predictions in splits.items()}
    swept = {
        split: sweep(truth[split], candidates[split], params, problem, hold_out=split == "validation", progress=split)
        for split in splits
    }
    policies, held_out = swept["validation"].policies, swept["validation"].held_out
    chosen = resolve_policy(held_out, params, problem)
    leak = swept["test"].policies["per_label"]
    curve = side_by_side({split: of.curve for split, of in swept.items()})
    if problem.rejects:
        answers = [reject_curve(truth[split], of, problem).add_prefix(f"{split}_") for split, of in candidates.items()]
        curve = pd.concat([curve, *answers], axis=1)
    decided = decide(problem.candidates(raw["test"].probability), problem.conventional)
    per_emotion = per_label(test.truth, decided, raw["test"].probability, labels)
    per_emotion["tier"] = per_emotion["f1"].map(tier)
    frequent = frequent_labels(test.truth, score_params.frequent_rows)
    table = policy_scores(truth, candidates, policies | {LEAK: leak}, frequent, problem)
    scores = table.set_index("policy")
    on_test = scores["test_macro_f1"]
    on_both_sides = {"before": raw["test"], "after": test}  # of the calibration
    diagrams = {
        name: reliability(*problem.claims(predictions.truth, predictions.probability), score_params.calibration_bins)
        for name, predictions in on_both_sides.items()
    }

    inputs.refuse_changes()
    Chosen(problem, labels, chosen, calibration, policies, raw["test"].model).write(CHOSEN)
    write_table(CURVE, curve)
    write_table(POLICIES, table)
    write_table(RELIABILITY, diagrams["after"])
    write_table(PER_EMOTION, per_emotion)
    write_table(CONFUSION_MATRIX, confusion_matrix(test.truth, decided, labels))
    write_table(CONFUSED_PAIRS, confused_pairs(test.truth, decided, labels, params.confused_pairs, test.ids))
    left_out = undefined(truth, score_params.frequent_rows)
    write_json(
        METRICS,
        without_nan(
            {
                "policy": chosen,
                "test": {score: float(scores.loc[chosen, f"test_{score}"]) for score in (*HEADLINE, *problem.headline)},
                "test_macro_f1": on_test.to_dict(),
                "held_out_macro_f1": {name: held["macro_f1"] for name, held in held_out.items()},
                "global_threshold": float(policies["global"][0]),
                "expected_calibration_error": {
                    name: expected_calibration_error(diagram) for name, diagram in diagrams.items()
                },
                "classwise_calibration_error": {
                    name: classwise_calibration_error(
                        predictions.truth, predictions.probability, score_params.calibration_bins
                    )
                    for name, predictions in on_both_sides.items()
                },
                "log_loss": {
                    name: problem.log_loss(predictions.truth, predictions.probability)
                    for name, predictions in on_both_sides.items()
                },
                "labels_without_validation_rows": int((~validation.truth.any(axis=0)).sum()),
                **({"undefined": left_out} if left_out else {}),
            }
        ),
    )
    of_problem = f"usual for {problem.type}" if problem.default_policy else "best on held-out validation rows"
    how = of_problem if params.policy == "auto" else "as params say"
    print(
        f"threshold-sweep: {chosen}, {how}; test macro-F1 "
        + ", ".join(f"{name} {score:.4f}" for name, score in on_test.items())
    )


if __name__ == "__main__":
    run_stage("threshold-sweep", main)
