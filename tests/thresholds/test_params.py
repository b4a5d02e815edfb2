import pytest
from pydantic import ValidationError

from emotions.thresholds.params import ThresholdSweepParams


def test_the_projects_own_values_are_taken_as_they_stand(sections):
    assert ThresholdSweepParams(**sections["threshold_sweep"]).model_dump() == sections["threshold_sweep"]


@pytest.mark.parametrize(
    ("kind", "section", "changed", "said"),
    [
        (ThresholdSweepParams, "threshold_sweep", {"fixed": 1}, "less than 1"),
        (ThresholdSweepParams, "threshold_sweep", {"objective": "macro"}, "'micro_f1' or 'macro_f1'"),
        (ThresholdSweepParams, "threshold_sweep", {"shrinkage": -1}, "greater than or equal to 0"),
        (ThresholdSweepParams, "threshold_sweep", {"shrinkage": float("nan")}, "finite"),
        (ThresholdSweepParams, "threshold_sweep", {"resamples": 10**9}, "less than or equal to 10000"),
        (ThresholdSweepParams, "threshold_sweep", {"min_precision": 0}, "greater than 0"),
        (ThresholdSweepParams, "threshold_sweep", {"calibration": "isotonic"}, "'none'"),
        (ThresholdSweepParams, "threshold_sweep", {"policy": "best"}, "'auto'"),
        (ThresholdSweepParams, "threshold_sweep", {"folds": 1}, "greater than or equal to 2"),
        (ThresholdSweepParams, "threshold_sweep", {"folds": 100_000}, "less than or equal to 1000"),
        (ThresholdSweepParams, "threshold_sweep", {"seed": 2**32}, "less than 4294967296"),
    ],
)
def test_a_value_that_cannot_be_is_refused(sections, kind, section, changed, said):
    with pytest.raises(ValidationError, match=said):
        kind(**sections[section] | changed)
