import numpy as np
import pytest
from scipy.special import expit, logit, softmax

from emotions.errors import UserError
from emotions.metrics.calibration import (
    classwise_calibration_error,
    expected_calibration_error,
    fit_calibration,
    fit_platt,
    fit_temperature,
    reliability,
)
from emotions.metrics.problem import MULTI_LABEL, PROBLEMS, SINGLE_LABEL

MULTI = PROBLEMS[MULTI_LABEL]
SINGLE = PROBLEMS[SINGLE_LABEL]


@pytest.fixture
def split():
    """Truth drawn from the probabilities of two labels, (20,000, 2) each: these are calibrated."""
    random = np.random.default_rng(0)
    calibrated = expit(random.normal(-1, 1.5, (20_000, 2)))
    return (random.random(calibrated.shape) < calibrated).astype(np.uint8), calibrated


def pooled_error(truth, probability):
    return expected_calibration_error(reliability(truth, probability, 15))


def test_the_temperature_that_made_a_model_too_sure_is_found(split):
    truth, calibrated = split
    too_sure = expit(logit(calibrated) * 3)
    assert fit_temperature(truth, too_sure, MULTI) == pytest.approx(3, rel=0.05)
    assert fit_temperature(truth, calibrated, MULTI) == pytest.approx(1, rel=0.05)


def test_each_label_has_a_temperature_of_its_own(split):
    truth, calibrated = split
    said = expit(logit(calibrated) * [3, 0.5])
    each = fit_calibration(truth, said, "temperature_per_label", MULTI)
    assert each.slope == pytest.approx([1 / 3, 2], rel=0.05)
    assert each.intercept.tolist() == [0, 0]
    one = fit_calibration(truth, said, "temperature", MULTI)
    assert one.slope[0] == one.slope[1]
    none = fit_calibration(truth, said, "none", MULTI)
    assert (none.slope.tolist(), none.intercept.tolist()) == ([1, 1], [0, 0])


def test_platt_finds_the_slope_and_the_shift_that_a_temperature_can_not_undo(split):
    truth, calibrated = split
    shifted = expit(logit(calibrated) * 2 + 3)  # as a positive weight of e^3 does
    assert fit_platt(truth, shifted) == pytest.approx((0.5, -1.5), rel=0.05)
    by_temperature, by_platt = (
        pooled_error(truth, fit_calibration(truth, shifted, kind, MULTI).apply(shifted))
        for kind in ("temperature", "platt")
    )
    assert by_temperature > 0.1
    assert by_platt < 0.01


def test_platt_per_label_undoes_a_shift_of_each_label(split):
    truth, calibrated = split
    said = expit(logit(calibrated) * [2, 1] + [3, -1])
    each = fit_calibration(truth, said, "platt_per_label", MULTI)
    assert each.slope == pytest.approx([0.5, 1], abs=0.1)
    assert each.intercept == pytest.approx([-1.5, 1], abs=0.1)


def test_a_label_parted_without_a_mistake_keeps_a_finite_slope():
    truth = np.array([[0], [0], [0], [1]])
    fitted = fit_calibration(truth, np.array([[0.0], [0.2], [0.3], [1.0]]), "platt_per_label", MULTI)
    assert np.isfinite([fitted.slope, fitted.intercept]).all()


@pytest.mark.parametrize("kind", ["temperature", "platt"])
def test_a_label_that_no_row_carries_takes_what_fits_all(split, kind):
    truth, calibrated = split
    truth = truth * np.array([1, 0], dtype=np.uint8)
    one, each = (fit_calibration(truth, calibrated, name, MULTI) for name in (kind, f"{kind}_per_label"))
    assert (each.slope[1], each.intercept[1]) == (one.slope[1], one.intercept[1])


def test_a_label_ranked_the_wrong_way_round_takes_what_fits_all(split):
    truth, calibrated = split
    said = calibrated.copy()
    said[:2000, 1] = 1 - said[:2000, 1]
    worse = fit_calibration(truth[:2000], said[:2000], "platt_per_label", MULTI)
    one = fit_calibration(truth[:2000], said[:2000], "platt", MULTI)
    assert worse.slope[1] == one.slope[1] > 0
    with pytest.raises(UserError, match=r"a model that has learned nothing can't be calibrated"):
        fit_calibration(truth[:, :1], 1 - calibrated[:, :1], "platt", MULTI)


def test_calibration_lowers_the_error(split):
    truth, calibrated = split
    too_sure = expit(logit(calibrated) * 3)
    better = fit_calibration(truth, too_sure, "temperature", MULTI).apply(too_sure)
    assert pooled_error(truth, better) < pooled_error(truth, too_sure) / 5


def test_the_error_is_the_mean_gap_weighted_by_pairs():
    truth = np.array([[1], [1], [0], [0]])
    probability = np.array([[0.9], [0.9], [0.9], [0.1]])
    # three pairs at 0.9 of which two hold: a gap of 0.2333; one at 0.1 that does not: 0.1
    assert expected_calibration_error(reliability(truth, probability, 10)) == pytest.approx((0.7 / 3 * 3 + 0.1) / 4)


def test_the_pooled_error_hides_what_the_classwise_error_shows():
    """Of two labels, each said at one half, one holds always and one never: pooled, half of the pairs hold."""
    truth = np.array([[1, 0], [1, 0]])
    probability = np.full((2, 2), 0.5)
    assert pooled_error(truth, probability) == 0
    assert classwise_calibration_error(truth, probability, 15) == 0.5


@pytest.fixture
def one_label():
    """Truth drawn from the probabilities of three labels, one a row, (20,000, 3) each: these are calibrated."""
    random = np.random.default_rng(0)
    calibrated = softmax(random.normal(0, 1.5, (20_000, 3)), axis=1)
    drawn = (calibrated.cumsum(axis=1) > random.random((20_000, 1))).argmax(axis=1)
    return np.eye(3, dtype=np.uint8)[drawn], calibrated


def test_the_temperature_of_a_softmax_is_found_and_undone(one_label):
    truth, calibrated = one_label
    too_sure = softmax(np.log(calibrated) * 3, axis=1)
    fitted = fit_calibration(truth, too_sure, "temperature", SINGLE)
    assert fitted.slope == pytest.approx([1 / 3] * 3, rel=0.05)
    assert fitted.apply(too_sure) == pytest.approx(calibrated, abs=0.02)
    before, after = (
        expected_calibration_error(reliability(*SINGLE.claims(truth, said), 15))
        for said in (too_sure, fitted.apply(too_sure))
    )
    assert before > 0.1
    assert after < 0.01


def test_a_calibration_that_would_break_the_sum_of_1_is_refused(one_label):
    with pytest.raises(
        UserError, match="calibration=platt: single_label_classification has none, temperature: dvc exp"
    ):
        fit_calibration(*one_label, "platt", SINGLE)
