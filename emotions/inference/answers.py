"""What a model says of one text, in the form that predict and the service answer in."""

import numpy as np


def answer(text: str, probability: np.ndarray, thresholds: np.ndarray, labels: list[str]) -> dict:
    """Return the text with its emotions (at or above their thresholds) and the rest, both by falling probability.

    `probability` and `thresholds` are (labels,); a threshold beyond 1 lets a label never be predicted.
    """
    ranked = [
        {"label": labels[label], "probability": float(probability[label]), "threshold": float(thresholds[label])}
        for label in np.argsort(-probability, kind="stable")
    ]
    return {
        "text": text,
        "emotions": [one for one in ranked if one["probability"] >= one["threshold"]],
        "below": [one for one in ranked if one["probability"] < one["threshold"]],
    }
