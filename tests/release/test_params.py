import pytest
from pydantic import ValidationError

from emotions.release.params import ExportParams


def test_the_projects_own_values_are_taken_as_they_stand(sections):
    assert ExportParams(**sections["export"]).model_dump() == sections["export"]


@pytest.mark.parametrize(
    ("kind", "section", "changed", "said"),
    [
        (ExportParams, "export", {"fp32_agreement": 1.5}, "less than or equal to 1"),
        (ExportParams, "export", {"int8_loss": -1}, "greater than or equal to 0"),
        (ExportParams, "export", {"licence": ""}, "at least 1 character"),
        (ExportParams, "export", {"language": "e"}, "at least 2 characters"),
    ],
)
def test_a_value_that_cannot_be_is_refused(sections, kind, section, changed, said):
    with pytest.raises(ValidationError, match=said):
        kind(**sections[section] | changed)
