import numpy as np
import pytest
from datasets import Dataset

from emotions.errors import UserError
from emotions.training import distillation
from emotions.training.distillation import DistillationParams, save_teaching, soften


@pytest.fixture
def tokens():
    return Dataset.from_dict({"id": ["a", "b"], "labels": [[1.0, 0.0], [0.0, 1.0]]})


@pytest.fixture
def teachers(tmp_path, monkeypatch):
    monkeypatch.setattr(distillation, "TEACHERS", tmp_path)
    return tmp_path / "two"


def test_targets_are_their_own_mixed_with_the_mean_of_the_teachers(tokens, teachers):
    save_teaching(teachers / "one.npz", ["a", "b"], np.array([[0.5, 0.25], [0.0, 1.0]]))
    save_teaching(teachers / "two.npz", ["b", "a"], np.array([[0.5, 0.5], [1.0, 0.25]]))  # in another order
    soft = soften(tokens, DistillationParams(teacher="two", weight=0.5))
    # teachers' mean: a .75 .25, b .25 .75
    assert np.array(soft["labels"]).tolist() == [[0.875, 0.125], [0.125, 0.875]]


def test_without_a_teacher_the_rows_are_as_they_were(tokens):
    assert soften(tokens, DistillationParams(teacher="none", weight=0.5)) is tokens


def test_a_folder_without_teachers_says_how_to_make_one(tokens, teachers):
    with pytest.raises(UserError, match="python -m emotions teach two"):
        soften(tokens, DistillationParams(teacher="two", weight=0.5))


def test_a_teacher_that_did_not_read_a_comment_is_refused(tokens, teachers):
    save_teaching(teachers / "one.npz", ["a"], np.array([[0.5, 0.5]]))
    with pytest.raises(UserError, match=r"one\.npz: expected every training comment; found no b"):
        soften(tokens, DistillationParams(teacher="two", weight=0.5))


def test_a_teacher_of_other_labels_is_refused(tokens, teachers):
    save_teaching(teachers / "one.npz", ["a", "b"], np.ones((2, 3)))
    with pytest.raises(UserError, match="expected 2 labels; found 3"):
        soften(tokens, DistillationParams(teacher="two", weight=0.5))
