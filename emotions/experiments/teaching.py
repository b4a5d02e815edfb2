"""The workspace's model as a teacher: its probabilities for the training comments, kept for the next models."""

import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import yaml

from emotions.artifacts import sha256
from emotions.data.corpus import source_files
from emotions.errors import UserError
from emotions.inference.probabilities import load_classifier, probabilities
from emotions.params import PARAMS
from emotions.training.distillation import NO_TEACHER, TEACHERS, name_teachers, read_teaching, save_teaching
from emotions.training.folds import HELD_OUT, folds_of

MODEL = Path("data/model")
TOKENS = Path("data/tokens/train.parquet")
PREPARED = Path("data/prepared")
BATCH_SIZE = 256


def teach(name: str, out_of_fold: bool) -> Path:
    """Write data/teachers/NAME.npz and NAME.json from the workspace's model; return the path of the npz.

    `out_of_fold` keeps only the rows of the fold that the model was not trained on, beside those of the other folds'
    models that came before it. Raises UserError for a bad or a taken name, without a model, and for a model that does
    not fit `out_of_fold`.
    """
    _check_name(name)
    if not MODEL.is_dir():
        raise UserError(f"{MODEL}: expected a trained model; found none: dvc repro, or dvc pull")
    unseen = _unseen(out_of_fold)
    target = TEACHERS / f"{name}.npz"
    tokens = pq.read_table(TOKENS, columns=["id", "input_ids"]).to_pydict()
    ids = np.array(tokens["id"])
    rows = np.arange(len(ids)) if unseen is None else np.flatnonzero(unseen)
    earlier_ids, earlier = read_teaching(target) if target.exists() else ([], None)
    if target.exists() and (unseen is None or set(earlier_ids) & set(ids[rows])):
        raise UserError(f"{target} has these comments already; choose another name, or remove it")
    classifier, tokenizer = load_classifier(MODEL)

    token_ids = [tokens["input_ids"][row] for row in rows]
    probability = probabilities(classifier, tokenizer, token_ids, BATCH_SIZE, progress="teach")

    order = {id: row for row, id in enumerate(tokens["id"])}
    places = np.array([*(order[id] for id in earlier_ids), *rows], dtype=np.int64)
    probability = probability.astype(np.float16)
    if earlier is not None:
        probability = np.concatenate([earlier, probability])
    in_order = np.argsort(places)  # of the source, whichever fold came first
    save_teaching(target, ids[places[in_order]], probability[in_order])
    labels = json.loads((PREPARED / "labels.json").read_text(encoding="utf-8"))
    data = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))["data"]
    train = source_files(data["source"], data["format"])["train"]
    name_teachers(name, labels, {train.name: sha256(train)}, [name])
    return target


def _check_name(name: str) -> None:
    if name == NO_TEACHER or not re.fullmatch(r"[\w.-]+", name):
        raise UserError(f"{name!r}: expected a name of letters, digits, dots and dashes, not {NO_TEACHER!r}")


def _unseen(out_of_fold: bool) -> np.ndarray | None:
    """Return which training rows the workspace's model has not seen, (rows,), None for all of them."""
    held_out = MODEL / HELD_OUT
    if not out_of_fold and held_out.exists():
        raise UserError(f"{MODEL} has not seen one fold of the training rows: python -m emotions teach --out-of-fold")
    if not out_of_fold:
        return None
    if not held_out.exists():
        raise UserError(f"{MODEL} has seen every training row; leave one fold out: -S train.held_out_fold=0")
    fold = json.loads(held_out.read_text(encoding="utf-8"))
    texts = pq.read_table(PREPARED / "train.parquet", columns=["text"])["text"].to_pylist()
    return folds_of(texts, fold["folds"]) == fold["held_out_fold"]


def join(name: str, teachers: list[str]) -> Path:
    """Let teachers teach together under a new name, by their mean; return the path of its JSON.

    Raises UserError for a bad or a taken name, a teacher that is not there and teachers of other labels or rows.
    """
    _check_name(name)
    target = TEACHERS / f"{name}.json"
    if target.exists():
        raise UserError(f"{target} is there already; choose another name, or remove it first")
    contents = {}
    for teacher in teachers:
        path = TEACHERS / f"{teacher}.json"
        if teacher == NO_TEACHER or not path.is_file():
            raise UserError(f"{path}: expected a teacher; found none: python -m emotions teach {teacher}")
        contents[teacher] = json.loads(path.read_text(encoding="utf-8"))
    first = contents[teachers[0]]
    for teacher, content in contents.items():
        for key in ("labels", "source_sha256"):
            if content[key] != first[key]:
                raise UserError(f"{teacher} and {teachers[0]} differ in {key}; teachers of one name read the same rows")
    together = {one: None for content in contents.values() for one in content["teachers"]}
    name_teachers(name, first["labels"], first["source_sha256"], list(together))
    return target
