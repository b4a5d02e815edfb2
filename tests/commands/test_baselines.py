import pytest
from typer.exceptions import TyperException


def test_a_baseline_is_recorded_under_the_name_of_its_features(committed_project, call):
    assert call("baselines", "tfidf").startswith("record: results/tfidf-logistic-regression: git add it")
    assert (committed_project / "results/tfidf-logistic-regression/metrics.json").is_file()


def test_other_features_are_told_which_there_are(committed_project, call):
    with pytest.raises(TyperException, match="'words' is not one of 'tfidf', 'frozen'"):
        call("baselines", "words")
