import json

import pytest

from emotions.errors import UserError


def test_teachers_teach_together_under_a_name(project_copy, call):
    call("teach", "first")
    call("teach", "second")
    assert call("teachers", "both", "first", "second") == (
        "teachers: data/teachers/both.json: train with them: dvc exp run -S train.distillation.teacher=both\n"
    )
    assert list(json.loads((project_copy / "data/teachers/both.json").read_text())["teachers"]) == ["first", "second"]


def test_a_teacher_that_is_not_there_is_named(project_copy, call):
    with pytest.raises(
        UserError, match=r"absent\.json: expected the names of teachers.* found no file: .* teach absent"
    ):
        call("teachers", "both", "absent")
