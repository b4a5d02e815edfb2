import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import f1_score

from emotions.experiments.cross_fitted import CROSS_FITTED, TABLE, VALIDATION, chosen_on, read_cross_fitted
from emotions.experiments.protocol import MULTI, chosen_by_protocol


def rows_of(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    truth = (random.random((count, 3)) < (0.5, 0.3, 0.1)).astype(np.uint8)
    return truth, expit(2 * truth - 1.5 + random.normal(0, 1.5, truth.shape))


def test_a_choice_is_scored_where_it_was_made_and_on_test_by_the_same_thresholds():
    chosen, test = rows_of(300, 1), rows_of(200, 2)
    found = {(row["score"], row["by"]): row for row in chosen_on(*chosen, *test, np.array([True, True, False]))}
    thresholds = chosen_by_protocol(*chosen, MULTI)["shrunk"]
    for where, (truth, probability) in (("there", chosen), ("test", test)):
        decided = probability >= thresholds
        assert found["macro_f1", "shrunk"][where] == pytest.approx(f1_score(truth, decided, average="macro"))
        frequent = f1_score(truth[:, :2], decided[:, :2], average="macro")
        assert found["macro_f1_frequent", "shrunk"][where] == pytest.approx(frequent)
    error = found["classwise_calibration_error", "platt_per_label"]
    assert error["there"] < error["test"], "fitted there"


def test_on_the_same_rows_nothing_is_lost():
    rows = rows_of(300, 1)
    assert all(row["there"] == row["test"] for row in chosen_on(*rows, *rows, np.array([True, True, True])))


def test_the_kept_table_has_both_choices_of_every_score(root):
    table = read_cross_fitted(root / TABLE)
    for (_, score, by), of in table.groupby(["run", "score", "by"]):
        assert of["choice"].tolist() == [VALIDATION, CROSS_FITTED], (score, by)
        assert of["rows"].tolist() == [5426, 43410 if score == "mean_average_precision" else 43410 + 5426]


def test_without_the_table_there_is_no_row(tmp_path):
    assert read_cross_fitted(tmp_path / "none.csv").empty
