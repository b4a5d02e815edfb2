"""Score the saved model on validation and test, without choosing anything."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from pydantic import Field
from sklearn.metrics import accuracy_score, f1_score, hamming_loss
from transformers.utils import logging

from emotions.artifacts import whole, write_json, write_table
from emotions.calibration import cross_entropy, expected_calibration_error, reliability
from emotions.classifier import load_classifier
from emotions.inference import probabilities
from emotions.params import Count, Section, read_params
from emotions.predictions import Predictions, save_predictions
from emotions.scores import (
    CONVENTIONAL_THRESHOLD,
    ScoresParams,
    decide,
    frequent_labels,
    headline,
    per_label,
    ranking_scores,
)

LABELS = Path("data/prepared/labels.json")
TOKENS = Path("data/tokens")
MODEL = Path("data/model")
PREDICTIONS = Path("data/predictions")
METRICS = Path("metrics/evaluate.json")
PER_EMOTION = Path("plots/per_emotion.csv")
CONFUSED_PAIRS = Path("plots/confused_pairs.csv")
RELIABILITY = Path("plots/reliability.csv")

TIERS = ((0.7, "excellent"), (0.5, "good"), (0.3, "moderate"), (0.0, "poor"))  # the seed report's, F1 from


class EvaluateParams(Section):
    batch_size: Count
    calibration_bins: Annotated[int, Field(ge=2)]
    confused_pairs: Count


def tier(f1: float) -> str:
    """Return the seed report's name for an F1; `zero` is exactly 0."""
    return "zero" if f1 == 0 else next(name for least, name in TIERS if f1 >= least)


def decision_scores(truth: np.ndarray, decided: np.ndarray, frequent: np.ndarray) -> dict[str, float]:
    """Return the headline with weighted and samples F1, subset accuracy, Hamming loss, predictions and empty rows."""
    return headline(truth, decided, frequent) | {
        "weighted_f1": float(f1_score(truth, decided, average="weighted", zero_division=0)),
        "samples_f1": float(f1_score(truth, decided, average="samples", zero_division=0)),
        "subset_accuracy": float(accuracy_score(truth, decided)),
        "hamming_loss": float(hamming_loss(truth, decided)),
        "predictions_per_row": float(decided.sum(axis=1).mean()),
        "empty_rows_share": float((decided.sum(axis=1) == 0).mean()),
    }


def confused_pairs(truth: np.ndarray, decided: np.ndarray, names: list[str], most: int) -> pd.DataFrame:
    """Return in how many rows one label was missed while another was wrongly predicted, the most frequent first.

    Columns: pair (missed → predicted), rows, share (of the rows that carry the missed label).
    """
    missed = (truth == 1) & (decided == 0)
    wrong = (truth == 0) & (decided == 1)
    rows = missed.T.astype(int) @ wrong.astype(int)
    pairs = pd.DataFrame(
        [
            {"pair": f"{names[a]} → {names[b]}", "rows": rows[a, b], "share": rows[a, b] / truth[:, a].sum()}
            for a, b in np.argwhere(rows)
        ],
        columns=["pair", "rows", "share"],
    )
    return pairs.sort_values(["rows", "pair"], ascending=[False, True]).head(most)


def scores(truth: np.ndarray, probability: np.ndarray, frequent: np.ndarray, bins: int) -> dict[str, float]:
    """Return every headline number of a split, decisions at the conventional 0.5."""
    return {
        "loss": cross_entropy(truth, probability),
        "expected_calibration_error": expected_calibration_error(reliability(truth, probability, bins)),
        **decision_scores(truth, decide(probability, CONVENTIONAL_THRESHOLD), frequent),
        **ranking_scores(truth, probability),
    }


def main() -> None:
    params = read_params("evaluate", EvaluateParams)
    frequent_rows = read_params("scores", ScoresParams).frequent_rows
    names = json.loads(LABELS.read_text(encoding="utf-8"))
    logging.disable_progress_bar()  # weights load in a moment; rows have a bar of their own
    classifier, tokenizer = load_classifier(MODEL)
    classifier.to("cuda" if torch.cuda.is_available() else "cpu")

    predictions = {}
    for split in ("validation", "test"):
        tokens = pq.read_table(TOKENS / f"{split}.parquet", columns=["id", "input_ids", "labels"])
        token_ids = tokens["input_ids"].to_pylist()
        predictions[split] = Predictions(
            truth=pc.list_flatten(tokens["labels"]).to_numpy().reshape(len(tokens), -1).astype(np.uint8),
            probability=probabilities(classifier, tokenizer, token_ids, params.batch_size, progress=split),
            ids=tokens["id"].to_numpy(),
            labels=np.array(names),
        )
    truth, probability = predictions["test"].truth, predictions["test"].probability
    decided = decide(probability, CONVENTIONAL_THRESHOLD)
    frequent = frequent_labels(truth, frequent_rows)
    metrics = {
        split: scores(made.truth, made.probability, frequent, params.calibration_bins)
        for split, made in predictions.items()
    }
    per_emotion = per_label(truth, decided, probability, names)
    per_emotion["tier"] = per_emotion["f1"].map(tier)

    with whole(PREDICTIONS) as folder:
        folder.mkdir()
        for split, made in predictions.items():
            save_predictions(folder / f"{split}.npz", made)
    write_json(METRICS, metrics | {"frequent_labels": int(frequent.sum())})
    write_table(PER_EMOTION, per_emotion)
    write_table(CONFUSED_PAIRS, confused_pairs(truth, decided, names, params.confused_pairs))
    write_table(RELIABILITY, reliability(truth, probability, params.calibration_bins))
    test = metrics["test"]
    print(
        f"evaluate: test at {CONVENTIONAL_THRESHOLD}: micro-F1 {test['micro_f1']:.4f}, "
        f"macro-F1 {test['macro_f1']:.4f}, mAP {test['mean_average_precision']:.4f}, "
        f"{(per_emotion['predicted'] == 0).sum()} labels never predicted"
    )


if __name__ == "__main__":
    main()
