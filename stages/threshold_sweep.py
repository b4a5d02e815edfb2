"""Choose thresholds on validation, then score each choice on test, label by label too."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from emotions.artifacts import write_json, write_table
from emotions.inference.predictions import Predictions, load_predictions
from emotions.metrics.calibration import (
    classwise_calibration_error,
    cross_entropy,
    expected_calibration_error,
    fit_calibration,
    reliability,
)
from emotions.metrics.decisions import (
    CONVENTIONAL_THRESHOLD,
    ScoresParams,
    confused_pairs,
    decide,
    decision_scores,
    frequent_labels,
    tier,
)
from emotions.metrics.label_table import per_label
from emotions.params import read_params
from emotions.stage import Inputs, run_stage
from emotions.thresholds.chosen import Chosen
from emotions.thresholds.policies import LEAK, ThresholdSweepParams, choose, held_out_scores, resolve_policy
from emotions.thresholds.search import f1_curves, rank_labels

PREDICTIONS = Path("data/predictions")
THRESHOLDS = Path("data/thresholds.json")
METRICS = Path("metrics/threshold_sweep.json")
CURVE = Path("plots/threshold_curve.csv")
POLICIES = Path("plots/policies.csv")
RELIABILITY = Path("plots/calibrated_reliability.csv")
PER_EMOTION = Path("plots/per_emotion.csv")
CONFUSED_PAIRS = Path("plots/confused_pairs.csv")

HEADLINE = ("micro_f1", "macro_f1", "macro_f1_frequent")


def policy_scores(
    splits: dict[str, Predictions], policies: dict[str, np.ndarray], frequent: np.ndarray
) -> pd.DataFrame:
    """Return one row a policy: every score of its decisions, columns named `<split>_<score>`."""
    return pd.DataFrame(
        [
            {"policy": name}
            | {
                f"{split}_{score}": value
                for split, predictions in splits.items()
                for score, value in decision_scores(
                    predictions.truth, decide(predictions.probability, thresholds), frequent
                ).items()
            }
            for name, thresholds in policies.items()
        ]
    )


def main() -> None:
    params = read_params("threshold_sweep", ThresholdSweepParams)
    score_params = read_params("scores", ScoresParams)
    inputs = Inputs.read(["scores", "threshold_sweep"], [PREDICTIONS])
    raw = {split: load_predictions(PREDICTIONS / f"{split}.npz") for split in ("validation", "test")}
    labels = raw["test"].labels.tolist()

    calibration = fit_calibration(raw["validation"].truth, raw["validation"].probability, params.calibration)
    splits = {
        split: replace(predictions, probability=calibration.apply(predictions.probability))
        for split, predictions in raw.items()
    }
    validation, test = splits["validation"], splits["test"]
    ranked = {
        split: rank_labels(predictions.truth, predictions.probability, progress=split)
        for split, predictions in splits.items()
    }
    policies = choose(ranked["validation"], params)
    held_out = held_out_scores(validation.truth, validation.probability, ranked["validation"], params, progress="folds")
    chosen = resolve_policy(held_out, params)
    leak = choose(ranked["test"], params)["per_label"]
    curve = f1_curves(ranked)
    del ranked  # as large as the predictions
    decided = decide(raw["test"].probability, CONVENTIONAL_THRESHOLD)
    per_emotion = per_label(test.truth, decided, raw["test"].probability, labels)
    per_emotion["tier"] = per_emotion["f1"].map(tier)
    frequent = frequent_labels(test.truth, score_params.frequent_rows)
    table = policy_scores(splits, policies | {LEAK: leak}, frequent)
    scores = table.set_index("policy")
    on_test = scores["test_macro_f1"]
    on_both_sides = {"before": raw["test"], "after": test}  # of the calibration
    diagrams = {
        name: reliability(predictions.truth, predictions.probability, score_params.calibration_bins)
        for name, predictions in on_both_sides.items()
    }

    inputs.refuse_changes()
    Chosen(labels, chosen, calibration, policies).write(THRESHOLDS)
    write_table(CURVE, curve)
    write_table(POLICIES, table)
    write_table(RELIABILITY, diagrams["after"])
    write_table(PER_EMOTION, per_emotion)
    write_table(CONFUSED_PAIRS, confused_pairs(test.truth, decided, labels, params.confused_pairs, test.ids))
    write_json(
        METRICS,
        {
            "policy": chosen,
            "test": {score: float(scores.loc[chosen, f"test_{score}"]) for score in HEADLINE},
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
                name: cross_entropy(predictions.truth, predictions.probability)
                for name, predictions in on_both_sides.items()
            },
            "labels_without_validation_rows": int((~validation.truth.any(axis=0)).sum()),
        },
    )
    how = "best on held-out validation rows" if params.policy == "auto" else "as params say"
    print(
        f"threshold-sweep: {chosen}, {how}; test macro-F1 "
        + ", ".join(f"{name} {score:.4f}" for name, score in on_test.items())
    )


if __name__ == "__main__":
    run_stage("threshold-sweep", main)
