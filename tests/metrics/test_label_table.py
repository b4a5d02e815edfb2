import numpy as np
from sklearn.metrics import precision_recall_fscore_support

from emotions.metrics.label_table import per_label


def test_a_label_is_counted_as_a_person_counts_it():
    truth = np.array([[1, 0], [1, 0], [0, 1], [0, 0]])
    decided = np.array([[1, 0], [0, 0], [1, 0], [0, 0]])
    table = per_label(truth, decided, decided.astype(float), ["a", "b"]).set_index("label")
    assert table.loc["a", ["rows", "predicted", "precision", "recall", "f1"]].tolist() == [2, 2, 0.5, 0.5, 0.5]
    assert table.loc["b", ["rows", "predicted", "precision", "recall", "f1"]].tolist() == [1, 0, 0, 0, 0]


def test_a_single_label_is_ranked_by_its_probabilities_whatever_was_decided():
    truth = np.array([[1], [0], [1], [0]])
    probability = np.array([[0.9], [0.8], [0.7], [0.1]])  # a hit at the first place, one at the third
    [label] = per_label(truth, np.zeros_like(truth), probability, ["a"]).to_dict("records")
    assert label["average_precision"] == (1 / 1 + 2 / 3) / 2
    assert label["f1"] == 0


def test_a_label_without_rows_has_no_recall_no_f1_and_no_average_precision():
    truth = np.array([[1, 0, 1], [0, 0, 1]])
    table = per_label(truth, np.ones_like(truth), np.full(truth.shape, 0.5), ["some", "none", "all"]).set_index("label")
    assert table.loc["none", ["recall", "f1", "average_precision"]].isna().all()
    assert table.loc["none", ["rows", "predicted", "precision"]].tolist() == [0, 2, 0]
    assert table.loc["all", ["recall", "f1"]].tolist() == [1, 1]
    assert np.isnan(table.loc["all", "average_precision"]), "where every row carries it, nothing is ranked"


def test_labels_keep_their_order():
    truth = np.eye(3, dtype=np.uint8)
    assert per_label(truth, truth, truth.astype(float), ["c", "a", "b"])["label"].tolist() == ["c", "a", "b"]


def test_precision_recall_and_f1_are_those_of_scikit_learn():
    random = np.random.default_rng(0)
    truth, decided = ((random.random((200, 4)) < share).astype(np.uint8) for share in (0.3, [0.3, 0.3, 0.3, 0]))
    table = per_label(truth, decided, random.random((200, 4)), list("abcd"))
    expected = precision_recall_fscore_support(truth, decided, average=None, zero_division=0)
    for column, values in zip(("precision", "recall", "f1", "rows"), expected, strict=True):
        assert table[column].tolist() == values.tolist()
