import numpy as np
import pytest

from emotions.metrics.platt import Calibration


def test_slope_and_intercept_act_on_log_odds():
    calibration = Calibration(np.array([2.0, 1.0]), np.array([0.0, np.log(3)]))
    # odds of 1/3 squared are 1/9; odds of 1/3 times 3 are 1
    assert calibration.apply(np.array([[0.25, 0.25]])) == pytest.approx(np.array([[0.1, 0.5]]), abs=1e-7)


def test_a_label_of_slope_1_and_intercept_0_keeps_every_bit():
    probability = np.random.default_rng(0).random((1000, 2))
    calibrated = Calibration(np.array([1.0, 0.5]), np.zeros(2)).apply(probability)
    assert (calibrated[:, 0] == probability[:, 0]).all()
    assert (calibrated[:, 1] != probability[:, 1]).all()


def test_what_is_calibrated_is_the_same_as_float32():
    calibrated = Calibration(np.array([0.7]), np.array([-0.2])).apply(np.random.default_rng(0).random((1000, 1)))
    assert (calibrated.astype(np.float32) == calibrated).all()


def test_certainty_stays_certain():
    calibration = Calibration(np.array([0.5, 0.5]), np.array([1.0, -1.0]))
    assert calibration.apply(np.array([[0.0, 1.0]])).tolist() == [[0, 1]]
