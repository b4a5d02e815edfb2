import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from emotions.metrics.ranking import average_precision, ranking_scores


@pytest.fixture
def split():
    random = np.random.default_rng(0)
    truth = (random.random((200, 4)) < [0.5, 0.3, 0.1, 0.05]).astype(np.uint8)
    return truth, np.clip(0.4 * truth + 0.6 * random.random((200, 4)), 0, 1)


def test_ranking_scores_are_means_over_labels_that_some_rows_carry(split):
    truth, probability = split
    with_absent = np.column_stack([truth, np.zeros(len(truth), dtype=np.uint8)])
    wider = np.column_stack([probability, np.full(len(truth), 0.2)])
    scores = ranking_scores(with_absent, wider)
    assert scores["mean_average_precision"] == pytest.approx(average_precision_score(truth, probability))
    assert scores["macro_auroc"] == pytest.approx(roc_auc_score(truth, probability))
    assert np.isnan(average_precision(with_absent, wider)[-1])


def test_where_no_label_parts_the_rows_nothing_is_ranked():
    truth = np.array([[1, 0], [1, 0]], dtype=np.uint8)
    probability = np.array([[0.9, 0.1], [0.8, 0.2]])
    assert np.isnan(average_precision(truth, probability)).all()
    assert np.isnan(list(ranking_scores(truth, probability).values())).all()
