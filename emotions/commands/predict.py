"""Say which emotions texts carry."""

import json
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from emotions.errors import UserError, shown

MODEL = Path("data/model")
HALF = re.compile("[\ud800-\udfff]")  # of a character; Python keeps a byte that is no UTF-8 as one
POLICIES = "fixed, fixed_0_3, global, per_label, shrunk, averaged or precise; argmax where a text has one label"


def read_texts(arguments: list[str]) -> list[str]:
    """Return the texts given, or the lines of standard input for `-`.

    Raises UserError for none, for an empty one and for one that is not UTF-8.
    """
    if arguments == ["-"] and sys.stdin is None:
        raise UserError("standard input: expected one text a line; found it closed")
    texts = [line.rstrip("\r\n") for line in sys.stdin] if arguments == ["-"] else arguments
    if not texts:
        raise UserError("standard input: expected one text a line; found none")
    for number, text in enumerate(texts, start=1):
        if not text.strip():
            raise UserError(f"text {number}: expected something to read; found an empty text")
        if half := HALF.search(text):
            byte = f"byte {ord(half[0]) - 0xDC00:#04x}" if "\udc80" <= half[0] <= "\udcff" else "half a character"
            raise UserError(f"text {number}: expected UTF-8; found {byte} at {half.start()}")
    return texts


def threshold_of(one: dict) -> str:
    """Return a label's threshold in words; nothing where it is 0, as where the most probable label is the answer."""
    return f"   (threshold {one['threshold']:.1%})" if one["threshold"] else ""


def show(answered: dict) -> str:
    """Return an answer as lines to read: emotions first, then those below their threshold in brackets."""
    lines = [shown(answered["text"])]
    for one in answered["emotions"]:
        lines.append(f"  {one['label']:<16}{one['probability']:>7.1%}{threshold_of(one)}")
    if not answered["emotions"]:
        lines.append("  no emotion reaches its threshold")
    for one in answered["below"]:
        lines.append(f"  [{one['label'] + ']':<15}{one['probability']:>7.1%}{threshold_of(one)}")
    return "\n".join(lines)


def predict(
    texts: Annotated[list[str], typer.Argument(help="texts to read, or - alone for one a line on standard input")],
    model: Annotated[Path, typer.Option(help="an exported folder, or one of the train stage")] = MODEL,
    policy: Annotated[str | None, typer.Option(help=f"thresholds: {POLICIES}; the model's own without it")] = None,
    every: Annotated[bool, typer.Option("--all", help="show every label, not only the next two below")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object a text")] = False,
) -> None:
    """Say which emotions a text carries, by a model and its thresholds."""
    texts = read_texts(texts)

    from emotions.inference.answers import answer  # what follows takes a moment, not spent on a mistyped call
    from emotions.inference.emotion_model import EmotionModel

    utf_8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"  # else JSON escapes what others cannot hold
    loaded = EmotionModel.load(model)
    thresholds = loaded.policy_thresholds(policy)
    probability = loaded.predict_proba(texts)
    decided = loaded.decide(probability, thresholds)
    for row, text in enumerate(texts):
        answered = answer(text, probability[row], decided[row], thresholds, loaded.labels)
        if not every:
            answered["below"] = answered["below"][:2]
        print(json.dumps(answered, ensure_ascii=not utf_8) if as_json else show(answered))
