from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from datasets import Dataset
from transformers import EvalPrediction

from emotions.errors import UserError
from emotions.metrics.problem import MULTI_LABEL, PROBLEMS, SINGLE_LABEL
from emotions.training import trainer
from emotions.training.folds import folds_of
from emotions.training.losses import bce, cross_entropy
from emotions.training.params import TrainParams
from emotions.training.trainer import training_arguments, training_rows, validation_scores

LABELS = ["joy", "anger"]
TEXTS = ["so happy", "so happy", "terrible", "the bus", "nine of them", "love", "hate", "a table"]


@pytest.fixture
def values(root):
    return yaml.safe_load((root / "params.yaml").read_text())["train"]


@pytest.fixture
def tokens():
    """Two equal texts that disagree, and six others; the label anger stands on one row."""
    ids = [[101, 7, 102], [101, 7, 102], *([101, 8 + row, 102] for row in range(6))]
    labels = np.array([[1, 0], [0, 0], [0, 1], [1, 0], [0, 0], [1, 0], [0, 0], [1, 0]], dtype=np.float32)
    columns = {"id": [f"c{row}" for row in range(8)], "input_ids": ids, "labels": list(labels), "length": [3] * 8}
    return Dataset.from_dict(columns)


def targets(rows: Dataset) -> list[list[float]]:
    return rows.with_format("numpy")["labels"][:].tolist()


def test_rows_are_those_of_the_source_unless_params_say_otherwise(tokens, values):
    assert training_rows(tokens, TEXTS, LABELS, {}, TrainParams(**values)).to_dict() == tokens.to_dict()


def test_a_fold_held_out_is_not_trained_on(tokens, values):
    params = TrainParams(**values | {"folds": 2, "held_out_fold": 1})
    seen = training_rows(tokens, TEXTS, LABELS, {}, params)["id"]
    assert list(seen) == [f"c{row}" for row in np.flatnonzero(folds_of(TEXTS, 2) == 0)]
    assert 0 < len(seen) < 8


def test_labels_are_merged_before_rare_rows_are_repeated(tokens, values):
    params = values | {"merge_duplicates": True, "oversampling": {"share": 0.5, "token_dropout": 0.0}}
    merged, *_ = rows = targets(training_rows(tokens, TEXTS, LABELS, {}, TrainParams(**params)))
    assert merged == rows[1] == [0.5, 0], "two equal texts, one of them joy"
    assert rows[8:] == [[0, 1]] * (len(rows) - 8), "copies stand behind, of the row that carries the rare label"
    assert len(rows) in (9, 10), "sqrt(0.5 / 0.125) = 2 times"


def test_validation_is_scored_at_one_half_and_by_ranks():
    logits = np.log(np.array([[0.8, 0.1], [0.6, 0.4], [0.2, 0.3]]) / np.array([[0.2, 0.9], [0.4, 0.6], [0.8, 0.7]]))
    truth = np.array([[1, 0], [0, 1], [0, 0]], dtype=np.float32)
    loss = partial(bce, weights=torch.ones(2))
    found = validation_scores(EvalPrediction(logits.astype(np.float32), truth), loss, PROBLEMS[MULTI_LABEL])
    given_to_the_truth = [0.8, 0.9, 0.4, 0.4, 0.8, 0.7]
    assert found["validation_loss"] == pytest.approx(-np.log(given_to_the_truth).mean(), abs=1e-6)
    assert found["micro_f1"] == pytest.approx(2 * 1 / (2 + 2)), "one hit, two predicted, two carried"
    assert found["macro_f1"] == pytest.approx((2 / 3 + 0) / 2)
    assert found["mean_average_precision"] == 1, "each label's row is ranked first"


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_training_that_diverged_is_told_what_to_try(broken):
    prediction = EvalPrediction(np.full((2, 2), broken, dtype=np.float32), np.eye(2, dtype=np.float32))
    with pytest.raises(UserError, match=r"training diverged.*-S train\.learning_rate=LOWER"):
        validation_scores(prediction, partial(bce, weights=torch.ones(2)), PROBLEMS[MULTI_LABEL])


def test_processes_share_a_batch(values, monkeypatch):
    params = TrainParams(**values | {"batch_size": 32})
    assert training_arguments(params, "fp32", Path("unused")).per_device_train_batch_size == 32
    monkeypatch.setattr(trainer, "world_size", lambda: 4)  # the variable alone would start a rendezvous
    assert training_arguments(params, "fp32", Path("unused")).per_device_train_batch_size == 8


@pytest.mark.parametrize(("by", "greater"), [("validation_loss", False), ("micro_f1", True)])
def test_the_best_epoch_is_the_one_of_least_loss_or_highest_score(values, by, greater):
    arguments = training_arguments(TrainParams(**values | {"best_epoch_by": by}), "fp32", Path("unused"))
    assert (arguments.metric_for_best_model, arguments.greater_is_better) == (by, greater)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_precision_is_what_was_resolved_not_what_the_trainer_would_choose(values, precision):
    arguments = training_arguments(TrainParams(**values), precision, Path("unused"))
    assert (arguments.fp16, arguments.bf16) == (False, precision == "bf16")


def test_of_one_label_a_row_the_most_probable_is_scored():
    logits = np.array([[3, 1, 0], [0, 1, 2], [0, 0.5, 0.4]], dtype=np.float32)
    truth = np.eye(3, dtype=np.float32)
    loss = partial(cross_entropy, weights=torch.ones(3))
    found = validation_scores(EvalPrediction(logits, truth), loss, PROBLEMS[SINGLE_LABEL])
    assert found["micro_f1"] == pytest.approx(1 / 3), "accuracy: one of three"
    assert found["macro_f1"] == pytest.approx(1 / 3), "one label hit each time, two never"
