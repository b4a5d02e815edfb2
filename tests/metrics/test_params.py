import pytest
from pydantic import ValidationError

from emotions.metrics.params import ScoresParams


def test_the_projects_own_values_are_taken_as_they_stand(sections):
    assert ScoresParams(**sections["scores"]).model_dump() == sections["scores"]


@pytest.mark.parametrize(
    ("kind", "section", "changed", "said"),
    [
        (ScoresParams, "scores", {"frequent_rows": 0}, "greater than or equal to 1"),
        (ScoresParams, "scores", {"calibration_bins": 1}, "greater than or equal to 2"),
        (ScoresParams, "scores", {"calibration_bins": 10**9}, "less than or equal to 1000"),
    ],
)
def test_a_value_that_cannot_be_is_refused(sections, kind, section, changed, said):
    with pytest.raises(ValidationError, match=said):
        kind(**sections[section] | changed)
