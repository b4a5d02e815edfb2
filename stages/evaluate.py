"""Score the saved model on validation and test, without choosing anything."""

from pathlib import Path

import numpy as np

from emotions.artifacts import atomic_write, sha256, write_json, write_table
from emotions.data.prepared import PREPARED, read_labels
from emotions.data.tokens import MEND as TOKENIZE_AGAIN
from emotions.data.tokens import TOKENIZER, TOKENS, read_tokens, targets_of
from emotions.inference.params import EvaluateParams
from emotions.inference.predictions import PREDICTIONS, Predictions, save_predictions
from emotions.inference.probabilities import probabilities
from emotions.manifest import MODEL, WEIGHTS
from emotions.metrics.calibration import (
    classwise_calibration_error,
    expected_calibration_error,
    reliability,
)
from emotions.metrics.decisions import (
    decide,
    decision_scores,
    frequent_labels,
)
from emotions.metrics.params import ScoresParams
from emotions.metrics.problem import PROBLEMS, Problem
from emotions.metrics.ranking import ranking_scores
from emotions.metrics.undefined import undefined, without_nan
from emotions.model.saved import load_classifier, load_tokenizer, refuse_other_data
from emotions.params import read_params
from emotions.stage import Inputs, run_stage

METRICS = Path("metrics/evaluate.json")
RELIABILITY = Path("plots/reliability.csv")


def scores(
    truth: np.ndarray, probability: np.ndarray, frequent: np.ndarray, bins: int, problem: Problem
) -> dict[str, float]:
    """Return every headline number of a split, of the problem's conventional decisions."""
    decided = decide(problem.candidates(probability), problem.conventional)
    return {
        "loss": problem.log_loss(truth, probability),
        "expected_calibration_error": expected_calibration_error(
            reliability(*problem.claims(truth, probability), bins)
        ),
        "classwise_calibration_error": classwise_calibration_error(truth, probability, bins),
        **decision_scores(truth, decided, frequent),
        **ranking_scores(truth, probability),
        **problem.ranking(truth, probability),
    }


def main() -> None:
    params = read_params("evaluate", EvaluateParams)
    score_params = read_params("scores", ScoresParams)
    inputs = Inputs.read(["scores", "evaluate"], [PREPARED / "labels.json", TOKENS, MODEL])
    names = read_labels()
    classifier, tokenizer = load_classifier(MODEL)
    weights = sha256(MODEL / WEIGHTS)
    refuse_other_data(classifier, tokenizer, names, load_tokenizer(TOKENIZER, TOKENIZE_AGAIN))
    problem = PROBLEMS[classifier.config.problem_type]

    splits = {}
    for split in ("validation", "test"):
        tokens = read_tokens(split, len(names), len(tokenizer))
        token_ids = tokens["input_ids"].to_pylist()
        splits[split] = Predictions(
            truth=targets_of(tokens),
            probability=probabilities(classifier, tokenizer, token_ids, params.batch_size, progress=split),
            ids=tokens["id"].to_numpy(),
            labels=np.array(names),
            model=weights,
        )
    truth, probability = splits["test"].truth, splits["test"].probability
    frequent = frequent_labels(truth, score_params.frequent_rows)
    metrics = {
        split: scores(predictions.truth, predictions.probability, frequent, score_params.calibration_bins, problem)
        for split, predictions in splits.items()
    }

    inputs.refuse_changes()
    with atomic_write(PREDICTIONS) as folder:
        folder.mkdir()
        for split, predictions in splits.items():
            save_predictions(folder / f"{split}.npz", predictions)
    truths = {split: predictions.truth for split, predictions in splits.items()}
    left_out = undefined(truths, score_params.frequent_rows)
    metrics |= {"frequent_labels": int(frequent.sum())} | ({"undefined": left_out} if left_out else {})
    write_json(METRICS, without_nan(metrics))
    write_table(RELIABILITY, reliability(*problem.claims(truth, probability), score_params.calibration_bins))
    test = metrics["test"]
    print(
        f"evaluate: test {problem.convention}: micro-F1 {test['micro_f1']:.4f}, "
        f"macro-F1 {test['macro_f1']:.4f}, mAP {test['mean_average_precision']:.4f}"
    )


if __name__ == "__main__":
    run_stage("evaluate", main)
