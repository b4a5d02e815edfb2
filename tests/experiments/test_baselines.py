import pytest

from emotions.data.corpus import Row, read_source
from emotions.experiments.baselines import frozen_features, record_baseline, tfidf_features
from emotions.experiments.recorded import probabilities_of, read_run


def rows(*texts: str) -> list[Row]:
    return [Row(text, [0], str(number)) for number, text in enumerate(texts)]


def test_words_and_pairs_count_that_two_training_comments_have():
    features = tfidf_features(
        {"train": rows("good dog", "good dog today", "bad"), "test": rows("bad", "dog today dog")}
    )
    assert features["train"].shape == (3, 3), "good, dog and good dog"
    assert features["train"][2].nnz == features["test"][0].nnz == 0, "bad stands in one training comment"
    assert features["test"][1].nnz == 1, "dog"


@pytest.mark.parametrize("features", ["tfidf", "frozen"])
def test_a_baseline_is_recorded_as_runs_are(committed_project, features):
    record_baseline(features)
    folder = committed_project / f"results/{features}-logistic-regression"
    run = read_run(folder)
    assert run.made_of == f"baseline: {features} features, logistic regression"
    _, splits = read_source("tiny")
    if features == "tfidf":
        width, encoder = tfidf_features(splits)["train"].shape[1], 0
    else:
        found, encoder = frozen_features(splits)
        width = found["train"].shape[1]
        assert width == 32
        assert encoder > 10_000
    assert run.parameters == encoder + 3 * (width + 1), "a weight a feature and a bias, for each of three labels"
    for values in probabilities_of(folder).values():
        assert values.shape == (14, 3)


def test_words_tell_happy_from_angry(committed_project):
    record_baseline("tfidf")
    probability = probabilities_of(committed_project / "results/tfidf-logistic-regression")["test"]
    _, splits = read_source("tiny")
    joy, anger = ([row for row, of in enumerate(splits["test"]) if list(of.labels) == [label]] for label in (0, 1))
    assert probability[joy, 0].mean() > probability[anger, 0].mean()
    assert probability[anger, 1].mean() > probability[joy, 1].mean()
