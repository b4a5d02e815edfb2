"""Let the workspace's model teach: `python -m emotions.teach NAME` adds it to the teachers in data/teachers/NAME."""

import argparse
import re
from pathlib import Path

import pyarrow.parquet as pq
from transformers.utils import logging

from emotions.artifacts import sha256
from emotions.classifier import load_classifier
from emotions.distillation import NO_TEACHER, TEACHERS, save_teaching
from emotions.inference import probabilities

MODEL = Path("data/model")
TOKENS = Path("data/tokens/train.parquet")
BATCH_SIZE = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="teachers of one name teach together: their mean")
    name = parser.parse_args().name
    if name == NO_TEACHER or not re.fullmatch(r"[\w.-]+", name):
        raise SystemExit(f"{name!r}: expected a name of letters, digits, dots and dashes, not {NO_TEACHER!r}")
    if not MODEL.is_dir():
        raise SystemExit(f"{MODEL}: expected a trained model; found none: dvc repro, or dvc pull")
    logging.disable_progress_bar()  # weights load in a moment; rows have a bar of their own
    target = TEACHERS / name / f"{sha256(MODEL / 'model.safetensors')[:12]}.npz"
    tokens = pq.read_table(TOKENS, columns=["id", "input_ids"]).to_pydict()
    classifier, tokenizer = load_classifier(MODEL)

    taught = probabilities(classifier, tokenizer, tokens["input_ids"], BATCH_SIZE, progress="teach")

    save_teaching(target, tokens["id"], taught)
    print(f"teach: {target}: train with it: dvc exp run -S train.distillation.teacher={name}")


if __name__ == "__main__":
    main()
