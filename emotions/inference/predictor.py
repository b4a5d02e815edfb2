"""Which emotions texts carry, by a trained model and the thresholds of a policy."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from emotions.errors import UserError
from emotions.inference.probabilities import load_classifier, probabilities
from emotions.metrics.calibration import temperature_scale

MODEL = Path("data/model")
THRESHOLDS = Path("data/thresholds.json")
BATCH_SIZE = 64


def read_thresholds(policy: str | None, labels: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return (labels,) temperatures and the thresholds of a policy, None for the run's own, in the model's label order.

    Raises UserError where the file is missing, lacks the policy or is of another model's labels.
    """
    if not THRESHOLDS.is_file():
        raise UserError(f"{THRESHOLDS}: expected the thresholds of a run; found none: dvc repro, or dvc pull")
    chosen = json.loads(THRESHOLDS.read_text(encoding="utf-8"))
    policy = policy or chosen["policy"]
    if policy not in chosen["policies"]:
        raise UserError(f"--policy {policy}: expected one of {', '.join(chosen['policies'])}")
    thresholds = chosen["policies"][policy]
    if set(thresholds) != set(labels):
        raise UserError(f"{THRESHOLDS} and {MODEL} have different labels: dvc repro")
    return tuple(np.array([by_label[label] for label in labels]) for by_label in (chosen["temperatures"], thresholds))


def answer(text: str, probability: np.ndarray, thresholds: np.ndarray, labels: list[str]) -> dict:
    """Return the text with its emotions (at or above their thresholds) and the rest, both by falling probability."""
    ranked = [
        {"label": labels[label], "probability": float(probability[label]), "threshold": float(thresholds[label])}
        for label in np.argsort(-probability, kind="stable")
    ]
    return {
        "text": text,
        "emotions": [one for one in ranked if one["probability"] >= one["threshold"]],
        "below": [one for one in ranked if one["probability"] < one["threshold"]],
    }


def answers(texts: list[str], policy: str | None) -> Iterator[dict]:
    """Yield what `answer` returns for each text, by the workspace's model and a policy, None for the run's own.

    Raises UserError where there is no model, and as `read_thresholds` does.
    """
    if not MODEL.is_dir():
        raise UserError(f"{MODEL}: expected a trained model; found none: dvc repro, or dvc pull")
    classifier, tokenizer = load_classifier(MODEL)
    labels = [classifier.config.id2label[id] for id in range(classifier.config.num_labels)]
    temperatures, thresholds = read_thresholds(policy, labels)
    token_ids = tokenizer(texts, truncation=True)["input_ids"]

    predicted = probabilities(classifier, tokenizer, token_ids, BATCH_SIZE).astype(np.float64)
    for text, probability in zip(texts, temperature_scale(predicted, temperatures), strict=True):
        yield answer(text, probability, thresholds, labels)
