"""Say which emotions a text carries: `python -m emotions.predict "text" ...`, or `-` for lines on standard input."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

MODEL = Path("data/model")
THRESHOLDS = Path("data/thresholds.json")
BATCH_SIZE = 64


def read_texts(arguments: list[str]) -> list[str]:
    """Return the texts given, or the lines of standard input for `-`; raises SystemExit for none or an empty one."""
    texts = [line.rstrip("\r\n") for line in sys.stdin] if arguments == ["-"] else arguments
    if not texts:
        raise SystemExit("standard input: expected one text a line; found none")
    for number, text in enumerate(texts, start=1):
        if not text.strip():
            raise SystemExit(f"text {number}: expected something to read; found an empty text")
    return texts


def read_thresholds(policy: str | None, labels: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return (labels,) temperatures and the thresholds of a policy, None for the run's own, in the model's label order.

    Raises SystemExit where the file is missing, lacks the policy or is of another model's labels.
    """
    if not THRESHOLDS.is_file():
        raise SystemExit(f"{THRESHOLDS}: expected the thresholds of a run; found none: dvc repro, or dvc pull")
    chosen = json.loads(THRESHOLDS.read_text(encoding="utf-8"))
    policy = policy or chosen["policy"]
    if policy not in chosen["policies"]:
        raise SystemExit(f"--policy {policy}: expected one of {', '.join(chosen['policies'])}")
    thresholds = chosen["policies"][policy]
    if set(thresholds) != set(labels):
        raise SystemExit(f"{THRESHOLDS} and {MODEL} have different labels: dvc repro")
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


def show(answered: dict) -> str:
    """Return an answer as lines to read: emotions first, then those below their threshold in brackets."""
    lines = [answered["text"]]
    for one in answered["emotions"]:
        lines.append(f"  {one['label']:<16}{one['probability']:>7.1%}   (threshold {one['threshold']:.1%})")
    if not answered["emotions"]:
        lines.append("  no emotion reaches its threshold")
    for one in answered["below"]:
        lines.append(f"  [{one['label'] + ']':<15}{one['probability']:>7.1%}   (threshold {one['threshold']:.1%})")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", nargs="+", help="a text to read, or - alone for one text a line on standard input")
    parser.add_argument(
        "--policy", help="thresholds to use: fixed, fixed_0_3, global, per_label, shrunk, averaged or precise"
    )
    parser.add_argument("--all", action="store_true", help="show every label, not only the next two below")
    parser.add_argument("--json", action="store_true", help="print one JSON object a text")
    arguments = parser.parse_args()
    texts = read_texts(arguments.text)
    if not MODEL.is_dir():
        raise SystemExit(f"{MODEL}: expected a trained model; found none: dvc repro, or dvc pull")

    from transformers.utils import logging  # seconds, not spent on a mistyped call

    from emotions.calibration import cooled
    from emotions.classifier import load_classifier
    from emotions.inference import probabilities

    logging.disable_progress_bar()
    classifier, tokenizer = load_classifier(MODEL)
    labels = [classifier.config.id2label[id] for id in range(classifier.config.num_labels)]
    temperatures, thresholds = read_thresholds(arguments.policy, labels)
    token_ids = tokenizer(texts, truncation=True)["input_ids"]

    said = cooled(probabilities(classifier, tokenizer, token_ids, BATCH_SIZE).astype(np.float64), temperatures)
    for text, probability in zip(texts, said, strict=True):
        answered = answer(text, probability, thresholds, labels)
        if not arguments.all:
            answered["below"] = answered["below"][:2]
        print(json.dumps(answered, ensure_ascii=False) if arguments.json else show(answered))


if __name__ == "__main__":
    main()
