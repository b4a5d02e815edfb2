import numpy as np

from emotions.inference.answers import answer


def test_an_answer_parts_labels_at_their_thresholds_and_sorts_them():
    probability, thresholds = np.array([0.2, 0.6, 0.5]), np.array([0.1, 0.7, 0.5])
    answered = answer("hm", probability, probability >= thresholds, thresholds, ["a", "b", "c"])
    assert [one["label"] for one in answered["emotions"]] == ["c", "a"]
    assert [one["label"] for one in answered["below"]] == ["b"]
