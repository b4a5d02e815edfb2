"""Choose thresholds on validation, then score each choice on test."""

from pathlib import Path

import numpy as np
import pandas as pd

from emotions.artifacts import write_json, write_table
from emotions.params import read_params
from emotions.predictions import Predictions, load_predictions
from emotions.scores import ScoresParams, decide, frequent_labels, headline
from emotions.thresholds import ThresholdSweepParams, choose, f1_curve

PREDICTIONS = Path("data/predictions")
THRESHOLDS = Path("data/thresholds.json")
METRICS = Path("metrics/threshold_sweep.json")
CURVE = Path("plots/threshold_curve.csv")


def curves(splits: dict[str, Predictions]) -> pd.DataFrame:
    """Return the F1 curve of each split side by side, columns named `<split>_<score>`, over one threshold column."""
    tables = [
        f1_curve(made.truth, made.probability).set_index("threshold").add_prefix(f"{split}_")
        for split, made in splits.items()
    ]
    return pd.concat(tables, axis=1).reset_index()


def policy_scores(made: Predictions, policies: dict[str, np.ndarray], frequent: np.ndarray) -> dict[str, dict]:
    """Return the headline of each policy on one split."""
    return {
        name: headline(made.truth, decide(made.probability, thresholds), frequent)
        for name, thresholds in policies.items()
    }


def main() -> None:
    params = read_params("threshold_sweep", ThresholdSweepParams)
    frequent_rows = read_params("scores", ScoresParams).frequent_rows
    validation = load_predictions(PREDICTIONS / "validation.npz")
    test = load_predictions(PREDICTIONS / "test.npz")

    policies = choose(validation.truth, validation.probability, params, progress="validation")
    leak = choose(test.truth, test.probability, params, progress="test")["per_label"]
    frequent = frequent_labels(test.truth, frequent_rows)
    on_validation = policy_scores(validation, policies, frequent)
    on_test = policy_scores(test, policies | {"per_label_tuned_on_test_leak": leak}, frequent)

    # full precision: a rounded threshold may fall on the other side of a row's probability
    write_json(
        THRESHOLDS,
        {
            "policy": params.policy,
            "policies": {
                name: dict(zip(validation.labels.tolist(), thresholds.tolist(), strict=True))
                for name, thresholds in policies.items()
            },
        },
        digits=None,
    )
    write_table(CURVE, curves({"validation": validation, "test": test}))
    write_json(
        METRICS,
        {
            "test": on_test,
            "validation_macro_f1": {name: scores["macro_f1"] for name, scores in on_validation.items()},
            "global_threshold": float(policies["global"][0]),
            "labels_without_validation_rows": int((~validation.truth.any(axis=0)).sum()),
        },
    )
    print(
        "threshold-sweep: test macro-F1 "
        + ", ".join(f"{name} {scores['macro_f1']:.4f}" for name, scores in on_test.items())
    )


if __name__ == "__main__":
    main()
