import numpy as np
from datasets import Dataset

from emotions.duplicates import merge_labels


def test_the_same_tokens_get_the_mean_of_their_labels():
    tokens = Dataset.from_dict(
        {
            "input_ids": [[1, 7, 2], [1, 8, 2], [1, 7, 2], [1, 7]],
            "labels": [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]],
        }
    )
    merged = merge_labels(tokens)
    assert np.array(merged["labels"]).tolist() == [[0.5, 0.5], [1, 0], [0.5, 0.5], [0, 1]]
    assert merged["input_ids"] == tokens["input_ids"]
