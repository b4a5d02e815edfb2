import pytest
from pydantic import ValidationError

from emotions.inference.params import EvaluateParams


def test_the_projects_own_values_are_taken_as_they_stand(sections):
    assert EvaluateParams(**sections["evaluate"]).model_dump() == sections["evaluate"]


@pytest.mark.parametrize(
    ("kind", "section", "changed", "said"),
    [
        (EvaluateParams, "evaluate", {"batch_size": 0}, "greater than or equal to 1"),
        (EvaluateParams, "evaluate", {"batch_size": 10**30}, "less than or equal to 65536"),
        (EvaluateParams, "evaluate", {"batch_size": True}, "valid integer"),
    ],
)
def test_a_value_that_cannot_be_is_refused(sections, kind, section, changed, said):
    with pytest.raises(ValidationError, match=said):
        kind(**sections[section] | changed)
