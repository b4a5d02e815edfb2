import pytest

from emotions.errors import UserError


@pytest.mark.parametrize("arguments", [[], ["mine", "--again"]])
def test_a_name_or_again_is_expected(project_copy, call, arguments):
    with pytest.raises(UserError, match="expected a name for the run, or --again alone"):
        call("record", *arguments)
    assert not (project_copy / "results").exists()


def test_again_without_records_says_nothing_and_writes_nothing(project_copy, call):
    assert call("record", "--again") == ""
    assert not (project_copy / "results").exists()


@pytest.mark.parametrize("name", ["../mine", "a/b", ""])
def test_a_name_that_leaves_results_is_refused(project_copy, call, name):
    with pytest.raises(UserError, match="expected a name of letters, digits, dashes and inner dots"):
        call("record", name)
