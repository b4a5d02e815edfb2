import pytest

from emotions.errors import UserError


def test_recorded_baselines_are_blended_under_a_name(committed_project, call):
    call("baselines", "tfidf")
    call("baselines", "frozen")
    said = call("blend", "both", "tfidf-logistic-regression", "frozen-logistic-regression", "--weigh")
    assert said.startswith("record: results/both: git add it")
    assert (committed_project / "results/both/metrics.json").is_file()


def test_one_run_is_no_blend(committed_project, call):
    with pytest.raises(UserError, match="expected two runs or, without --weigh, more; found 1"):
        call("blend", "both", "tfidf-logistic-regression")
