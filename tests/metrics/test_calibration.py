import numpy as np
import pytest
from scipy.special import expit, logit

from emotions.metrics.calibration import (
    cross_entropy,
    expected_calibration_error,
    fit_calibration,
    fit_temperature,
    reliability,
)


@pytest.fixture
def split():
    """Truth drawn from honest probabilities of two labels, (20,000, 2) each."""
    random = np.random.default_rng(0)
    honest = expit(random.normal(-1, 1.5, (20_000, 2)))
    return (random.random(honest.shape) < honest).astype(np.uint8), honest


def test_the_temperature_that_made_a_model_too_sure_is_found(split):
    truth, honest = split
    too_sure = expit(logit(honest) * 3)
    assert fit_temperature(truth, too_sure) == pytest.approx(3, rel=0.05)
    assert fit_temperature(truth, honest) == pytest.approx(1, rel=0.05)


def test_each_label_has_a_temperature_of_its_own(split):
    truth, honest = split
    said = expit(logit(honest) * [3, 0.5])
    assert fit_calibration(truth, said, "temperature_per_label").slope == pytest.approx([1 / 3, 2], rel=0.05)
    one = fit_calibration(truth, said, "temperature")
    assert one.slope[0] == one.slope[1]
    none = fit_calibration(truth, said, "none")
    assert none.slope.tolist() == [1, 1]
    assert none.intercept.tolist() == one.intercept.tolist() == [0, 0]


def test_a_label_that_no_row_carries_takes_the_one_for_all(split):
    truth, honest = split
    truth = truth * np.array([1, 0], dtype=np.uint8)
    one = fit_calibration(truth, honest, "temperature")
    assert fit_calibration(truth, honest, "temperature_per_label").slope[1] == one.slope[1]


def test_calibration_lowers_the_error(split):
    truth, honest = split
    too_sure = expit(logit(honest) * 3)
    better = fit_calibration(truth, too_sure, "temperature").apply(too_sure)
    before, after = (expected_calibration_error(reliability(truth, said, 15)) for said in (too_sure, better))
    assert after < before / 5


def test_the_error_is_the_mean_gap_weighted_by_pairs():
    truth = np.array([[1], [1], [0], [0]])
    probability = np.array([[0.9], [0.9], [0.9], [0.1]])
    # three pairs at 0.9 of which two hold: a gap of 0.2333; one at 0.1 that does not: 0.1
    assert expected_calibration_error(reliability(truth, probability, 10)) == pytest.approx((0.7 / 3 * 3 + 0.1) / 4)


def test_cross_entropy_is_the_mean_over_rows_and_labels():
    truth = np.array([[1, 0]])
    assert cross_entropy(truth, np.array([[0.8, 0.4]])) == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)
    assert np.isfinite(cross_entropy(truth, np.array([[0.0, 1.0]])))
