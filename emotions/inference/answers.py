"""What a model says of one text, in the form that predict and the service answer in."""

import numpy as np


def answer(text: str, probability: np.ndarray, decided: np.ndarray, thresholds: np.ndarray, labels: list[str]) -> dict:
    """Return the text with its emotions, those decided, and the rest, both by falling probability.

    `probability`, `decided` and `thresholds` are (labels,); a threshold beyond 1 lets a label never be predicted.
    """
    order = np.argsort(-probability, kind="stable")
    ranked = {
        label: {"label": labels[label], "probability": float(probability[label]), "threshold": float(thresholds[label])}
        for label in order
    }
    return {
        "text": text,
        "emotions": [one for label, one in ranked.items() if decided[label]],
        "below": [one for label, one in ranked.items() if not decided[label]],
    }
