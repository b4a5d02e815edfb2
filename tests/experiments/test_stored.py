import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import rankdata

from emotions.experiments.sources import SPLITS
from emotions.experiments.stored import pack, read_probabilities, unpack, write_probabilities
from emotions.metrics.decisions import decide


@pytest.fixture
def probability() -> dict[str, np.ndarray]:
    """What a model says of 2,000 rows and 3 labels a split, float32 as the pipeline stores it."""
    random = np.random.default_rng(0)
    return {split: expit(random.normal(-3, 3, (2000, 3))).astype(np.float32) for split in SPLITS}


def test_no_decision_is_lost_where_thresholds_stand_on_and_beside_probabilities(probability):
    lows, on = probability["test"][:50, 0].astype(np.float64), probability["validation"][:50, 1].astype(np.float64)
    thresholds = [*lows, *np.nextafter(on, 1), 0.3, 0.5]

    def decisions(values):
        return np.stack([decide(values, threshold) for threshold in thresholds])

    arrays = pack(probability, decisions)
    stored = unpack(arrays)
    for split, values in probability.items():
        exact = values.astype(np.float64)
        assert (decisions(stored[split].T) == decisions(exact.T)).all()
        assert np.abs(stored[split] - exact).max() < 2e-3
        assert len(arrays[f"{split}_at"]) > 0, "some of them would be lost in 16 bits"


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_exact_ones_come_back_to_the_bit_in_either_order_of_the_file(order, probability, tmp_path):
    on = probability["test"][:50, 0].astype(np.float64)
    arrays = pack(probability, lambda values: np.stack([decide(values, threshold) for threshold in on]))
    write_probabilities(tmp_path / "of.npz", {name: np.asarray(one, order=order) for name, one in arrays.items()})
    stored = read_probabilities(tmp_path / "of.npz", dict.fromkeys(SPLITS, 2000), 3)
    for split, values in probability.items():
        at = arrays[f"{split}_at"]
        assert len(at) > 0
        assert (stored[split].T.ravel()[at] == values.T.ravel()[at]).all()


def test_rows_keep_their_ranks_and_their_ties(probability):
    probability["test"][:20, 0] = probability["test"][20:40, 0]
    arrays = pack(probability, lambda values: decide(values, 0.5)[np.newaxis])
    assert arrays["test_place"].max() > 0, "16 bits do not tell all of them apart"
    for split, stored in unpack(arrays).items():
        for label in range(3):
            assert (rankdata(stored[:, label]) == rankdata(probability[split][:, label])).all()


def test_a_record_takes_half_the_bytes_and_is_the_same_each_time(tmp_path):
    random = np.random.default_rng(1)  # as many rows and labels as GoEmotions has
    probability = {split: expit(random.normal(-5, 2, (5427, 28))).astype(np.float32) for split in SPLITS}
    arrays = pack(probability, lambda values: decide(values, 0.5)[np.newaxis])
    write_probabilities(tmp_path / "now.npz", arrays)
    write_probabilities(tmp_path / "again.npz", arrays)
    np.savez_compressed(tmp_path / "before.npz", **probability)
    assert (tmp_path / "now.npz").stat().st_size < 0.5 * (tmp_path / "before.npz").stat().st_size
    assert (tmp_path / "now.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()
    found = read_probabilities(tmp_path / "now.npz", dict.fromkeys(SPLITS, 5427), 28)
    assert all((found[split] == values).all() for split, values in unpack(arrays).items())


def test_certainty_comes_back_as_certainty():
    certain = {split: np.array([[0.0, 1.0]], dtype=np.float32) for split in SPLITS}
    assert unpack(pack(certain, lambda values: decide(values, 0.5)[np.newaxis]))["test"].tolist() == [[0, 1]]


def test_records_of_before_are_read_to_the_bit(probability, tmp_path):
    np.savez_compressed(tmp_path / "predictions.npz", **probability)
    found = read_probabilities(tmp_path / "predictions.npz", {"validation": 2000, "test": 2000}, 3)
    assert all((found[split] == probability[split]).all() for split in probability)
