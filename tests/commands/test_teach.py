import pytest

from emotions.errors import UserError


def test_a_teacher_is_named_with_the_command_that_trains_with_it(project_copy, call):
    assert call("teach", "mine") == (
        "teach: data/teachers/mine.npz: train with it: dvc exp run -S train.distillation.teacher=mine\n"
    )
    assert (project_copy / "data/teachers/mine.json").is_file()


def test_out_of_fold_is_refused_of_a_model_that_saw_every_row(project_copy, call):
    with pytest.raises(UserError, match=r"has seen every training row.* -S train\.held_out_fold=0"):
        call("teach", "mine", "--out-of-fold")
    assert not (project_copy / "data/teachers/mine.npz").exists()
