import numpy as np
import pytest

from emotions.errors import UserError
from emotions.inference.predictions import Predictions, load_predictions, save_predictions


def test_what_is_saved_is_what_is_loaded_without_pickles(tmp_path):
    made = Predictions(
        truth=np.array([[1, 0]], dtype=np.uint8),
        probability=np.array([[0.1, 0.9]], dtype=np.float32),
        ids=np.array(["a1"]),
        labels=np.array(["joy", "anger"]),
    )
    path = tmp_path / "predictions" / "test.npz"
    save_predictions(path, made)
    loaded = load_predictions(path)
    assert loaded.probability.dtype == np.float64
    assert (loaded.probability == made.probability).all(), "float32 values, widened, not rounded"
    assert loaded.ids.tolist() == ["a1"]
    assert loaded.labels.tolist() == ["joy", "anger"]
    assert loaded.truth.tolist() == [[1, 0]]


def test_missing_predictions_name_the_stage_that_makes_them(tmp_path):
    with pytest.raises(UserError, match="dvc repro evaluate"):
        load_predictions(tmp_path / "test.npz")
