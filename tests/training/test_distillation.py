import numpy as np
import pytest
from datasets import Dataset

from emotions.errors import UserError
from emotions.training import distillation
from emotions.training.distillation import name_teachers, save_teaching, soften
from emotions.training.params import DistillationParams

LABELS = ["joy", "anger"]
SOURCE = {"train.tsv": "0" * 64}
TWO = DistillationParams(teacher="two", weight=0.5)


@pytest.fixture
def tokens():
    return Dataset.from_dict({"id": ["a", "b"], "labels": [[1.0, 0.0], [0.0, 1.0]]})


@pytest.fixture
def teachers(tmp_path, monkeypatch):
    """data/teachers with first.npz and second.npz, which teach together as `two`."""
    monkeypatch.setattr(distillation, "TEACHERS", tmp_path)
    save_teaching(tmp_path / "first.npz", ["a", "b"], np.array([[0.5, 0.25], [0.0, 1.0]]))
    save_teaching(tmp_path / "second.npz", ["b", "a"], np.array([[0.5, 0.5], [1.0, 0.25]]))  # in another order
    name_teachers("two", LABELS, SOURCE, ["first", "second"])
    return tmp_path


def test_targets_are_their_own_mixed_with_the_mean_of_the_teachers(tokens, teachers):
    soft = soften(tokens, LABELS, SOURCE, TWO)
    # teachers' mean: a .75 .25, b .25 .75
    assert np.array(soft["labels"]).tolist() == [[0.875, 0.125], [0.125, 0.875]]


def test_rows_left_out_need_no_teacher(tokens, teachers):
    soft = soften(tokens.select([1]), LABELS, SOURCE, TWO)
    assert np.array(soft["labels"]).tolist() == [[0.125, 0.875]]


def test_without_a_teacher_the_rows_are_as_they_were(tokens):
    assert soften(tokens, LABELS, SOURCE, DistillationParams(teacher="none", weight=0.5)) is tokens


def test_a_name_without_teachers_says_how_to_make_one(tokens, teachers):
    with pytest.raises(UserError, match=r"three\.json: .* python -m emotions teach three"):
        soften(tokens, LABELS, SOURCE, DistillationParams(teacher="three", weight=0.5))


def test_a_teacher_that_did_not_read_a_comment_is_refused(tokens, teachers):
    save_teaching(teachers / "first.npz", ["a"], np.array([[0.5, 0.5]]))
    name_teachers("two", LABELS, SOURCE, ["first", "second"])
    with pytest.raises(UserError, match=r"first\.npz: expected every training comment; found no b"):
        soften(tokens, LABELS, SOURCE, TWO)


def test_a_teacher_of_other_labels_is_refused(tokens, teachers):
    with pytest.raises(UserError, match="its teachers know the labels joy, anger; this source has anger, joy"):
        soften(tokens, LABELS[::-1], SOURCE, TWO)


@pytest.mark.parametrize("source", [{"train.tsv": "1" * 64}, {"train.jsonl": "0" * 64}, {}])
def test_a_teacher_of_another_file_is_refused_whatever_its_ids(tokens, teachers, source):
    name_teachers("two", LABELS, source, ["first", "second"])
    with pytest.raises(
        UserError, match=r"two\.json: .* these comments, train\.tsv with sha256 0{64}; found teachers of "
    ):
        soften(tokens, LABELS, SOURCE, TWO)


def test_a_changed_teacher_is_refused(tokens, teachers):
    save_teaching(teachers / "second.npz", ["a", "b"], np.ones((2, 2)))
    with pytest.raises(UserError, match=r"second\.npz: expected sha256 \w+, as .*two\.json says; found"):
        soften(tokens, LABELS, SOURCE, TWO)


def test_a_missing_file_of_a_teacher_is_named(tokens, teachers):
    (teachers / "second.npz").unlink()
    with pytest.raises(UserError, match=r"second\.npz: expected a teacher's probabilities"):
        soften(tokens, LABELS, SOURCE, TWO)
