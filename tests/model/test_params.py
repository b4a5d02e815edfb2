import pytest
from pydantic import ValidationError

from emotions.model.params import ModelParams


def test_the_projects_own_values_are_taken_as_they_stand(sections):
    assert ModelParams(**sections["model"]).model_dump() == sections["model"]


@pytest.mark.parametrize(
    ("kind", "section", "changed", "said"),
    [
        (ModelParams, "model", {"checkpoint": ""}, "at least 1 character"),
        (ModelParams, "model", {"checkpoint": None}, "valid string"),
        (ModelParams, "model", {"revision": 3}, "valid string"),
    ],
)
def test_a_value_that_cannot_be_is_refused(sections, kind, section, changed, said):
    with pytest.raises(ValidationError, match=said):
        kind(**sections[section] | changed)
