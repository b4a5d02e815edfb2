"""The workspace's model as a teacher: its probabilities for the training comments, kept for the next models."""

import json
from pathlib import Path

import numpy as np

from emotions.data.prepared import read_labels, read_source_sha256, read_texts
from emotions.data.tokens import MEND as TOKENIZE_AGAIN
from emotions.data.tokens import TOKENIZER, read_tokens
from emotions.errors import UserError
from emotions.inference.probabilities import probabilities
from emotions.manifest import MODEL
from emotions.model.saved import load_classifier, load_tokenizer, refuse_other_data
from emotions.params import refuse_path
from emotions.training.distillation import TEACHERS, name_teachers, read_named, read_teaching, save_teaching
from emotions.training.folds import HELD_OUT, folds_of
from emotions.training.params import NO_TEACHER

BATCH_SIZE = 256


def teach(name: str, out_of_fold: bool) -> Path:
    """Write data/teachers/NAME.npz and NAME.json from the workspace's model; return the path of the npz.

    `out_of_fold` keeps only the rows of the fold that the model was not trained on, beside those of the other folds'
    models that came before it. Raises UserError for a bad or a taken name, without a model, for a model that does not
    fit `out_of_fold`, and where what came before is of other comments or labels.
    """
    _check_name(name)
    target = TEACHERS / f"{name}.npz"
    labels, source = read_labels(), read_source_sha256()
    classifier, tokenizer = load_classifier(MODEL)
    refuse_other_data(classifier, tokenizer, labels, load_tokenizer(TOKENIZER, TOKENIZE_AGAIN))
    tokens = read_tokens("train", len(labels), len(tokenizer)).select(["id", "input_ids"]).to_pydict()
    ids = np.array(tokens["id"])
    unseen = _unseen(out_of_fold)
    rows = np.arange(len(ids)) if unseen is None else np.flatnonzero(unseen)
    order = {id: row for row, id in enumerate(tokens["id"])}
    if target.exists() and unseen is None:
        raise UserError(f"{target} is there already; choose another name, or remove it first")
    earlier_ids, earlier = _earlier(name, labels, source, order)
    if set(earlier_ids) & set(ids[rows]):
        raise UserError(f"{target} has these comments already; choose another name, or remove it")

    token_ids = [tokens["input_ids"][row] for row in rows]
    probability = probabilities(classifier, tokenizer, token_ids, BATCH_SIZE, progress="teach")

    places = np.array([*(order[id] for id in earlier_ids), *rows], dtype=np.int64)
    probability = np.concatenate([earlier, probability.astype(np.float16)])
    in_order = np.argsort(places)  # of the source, whichever fold came first
    save_teaching(target, ids[places[in_order]], probability[in_order])
    name_teachers(name, labels, source, [name])
    return target


def _check_name(name: str) -> None:
    refuse_path(name)
    if name == NO_TEACHER:
        raise UserError(f"{name!r}: expected a name of letters other than this one, which stands for no teacher")


def _earlier(
    name: str, labels: list[str], source: dict[str, str], order: dict[str, int]
) -> tuple[list[str], np.ndarray]:
    """Return what a teacher said before: comment ids (rows,) and probabilities (rows, labels), none of a new one.

    `order` has the ids of all training comments. Raises UserError where it was said of other comments or labels.
    """
    target, description = TEACHERS / f"{name}.npz", TEACHERS / f"{name}.json"
    if not target.exists():
        if description.exists():
            raise UserError(
                f"{description} is there already, for other teachers; choose another name, or remove it first"
            )
        return [], np.empty((0, len(labels)), np.float16)
    if not description.is_file():
        raise UserError(f"{target}: expected {description} beside it; found none; choose another name, or remove it")
    named = read_named(name)
    ids, probability = read_teaching(target)
    same_labels = named.labels == labels and probability.shape[1] == len(labels)
    if not same_labels or named.source_sha256 != source or not order.keys() >= set(ids):
        raise UserError(f"{target} is of other comments or labels; choose another name, or remove it")
    return ids, probability


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
    return folds_of(list(read_texts("train").values()), fold["folds"]) == fold["held_out_fold"]


def join(name: str, teachers: list[str]) -> Path:
    """Let teachers teach together under a new name, by their mean; return the path of its JSON.

    Raises UserError for a bad or a taken name, a teacher that is not there and teachers of other labels or rows.
    """
    _check_name(name)
    target = TEACHERS / f"{name}.json"
    if target.exists():
        raise UserError(f"{target} is there already; choose another name, or remove it first")
    for teacher in teachers:
        if teacher == NO_TEACHER:
            raise UserError(f"{TEACHERS / teacher}.json: expected a teacher; found the name for none")
        _check_name(teacher)
    named = {teacher: read_named(teacher) for teacher in teachers}
    first = named[teachers[0]]
    for teacher, other in named.items():
        for key in ("labels", "source_sha256"):
            if getattr(other, key) != getattr(first, key):
                raise UserError(f"{teacher} and {teachers[0]} differ in {key}; teachers of one name read the same rows")
    together = list({one: None for other in named.values() for one in other.teachers})
    for one in together:
        read_teaching(TEACHERS / f"{one}.npz")
    name_teachers(name, first.labels, first.source_sha256, together)
    return target
