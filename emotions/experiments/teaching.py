"""What the workspace's model says of the training comments, kept to teach the next ones."""

import re
from pathlib import Path

import pyarrow.parquet as pq

from emotions.artifacts import sha256
from emotions.errors import UserError
from emotions.inference.probabilities import load_classifier, probabilities
from emotions.training.distillation import NO_TEACHER, TEACHERS, save_teaching

MODEL = Path("data/model")
TOKENS = Path("data/tokens/train.parquet")
BATCH_SIZE = 256


def teach(name: str) -> Path:
    """Write data/teachers/NAME/<model>.npz and return its path; raises UserError for a bad name and without a model."""
    if name == NO_TEACHER or not re.fullmatch(r"[\w.-]+", name):
        raise UserError(f"{name!r}: expected a name of letters, digits, dots and dashes, not {NO_TEACHER!r}")
    if not MODEL.is_dir():
        raise UserError(f"{MODEL}: expected a trained model; found none: dvc repro, or dvc pull")
    target = TEACHERS / name / f"{sha256(MODEL / 'model.safetensors')[:12]}.npz"
    tokens = pq.read_table(TOKENS, columns=["id", "input_ids"]).to_pydict()
    classifier, tokenizer = load_classifier(MODEL)

    taught = probabilities(classifier, tokenizer, tokens["input_ids"], BATCH_SIZE, progress="teach")

    save_teaching(target, tokens["id"], taught)
    return target
