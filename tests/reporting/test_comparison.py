import pytest

from emotions.reporting.comparison import TOO_MANY, comparison_text, difference_row, plain
from emotions.reporting.tables import markdown

MACRO = {"a": 0.5, "b": 0.525, "difference": 0.025, "low": -0.01, "high": 0.06, "verdict": "within noise"}


@pytest.fixture
def found():
    return {
        "a": {"name": "HEAD", "policy": "global", "seeds": 1},
        "b": {"name": "workspace", "policy": "shrunk", "seeds": 1},
        "test_rows": 5427,
        "frequent_rows": 37,
        "scores": [{"metric": "macro_f1", **MACRO}, {"metric": "macro_f1_frequent", **MACRO}],
        "labels": [],
        "labels_tested": 28,
        "resamples_without_a_label": 0,
        "params": {},
    }


def test_a_difference_is_shown_in_points_with_its_interval():
    assert difference_row("macro-F1", MACRO) == {
        "test": "macro-F1",
        "A": "50.00",
        "B": "52.50",
        "B - A": "+2.50",
        "95 % interval": "-1.00 to +6.00",
        "verdict": "within noise",
    }


def test_a_terminal_gets_columns_of_one_width():
    lines = plain([{"test": "a", "verdict": "better"}, {"test": "longer", "verdict": "worse"}]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[0].split() == ["test", "verdict"]


def test_what_was_compared_is_said_first(found):
    first, *_ = comparison_text(found, plain).splitlines()
    assert "A is HEAD (global), B is workspace (shrunk); 5,427 test rows" in first
    assert "macro-F1, labels with 37 test rows" in comparison_text(found, plain)


def test_several_seeds_are_counted_and_their_noise_is_known(found):
    several = {"name": "a, b, c", "policy": "shrunk, averaged", "seeds": 3}
    text = comparison_text(found | {"a": several, "b": several}, plain)
    assert "A is a, b, c (shrunk, averaged, 3 seeds)" in text
    assert "No label's F1 moved beyond noise, all tested" in text
    assert "moved beyond the noise of test rows" in comparison_text(found | {"a": several}, plain), "seeds of B unknown"


def test_resamples_without_a_label_are_counted(found):
    assert "resamples" not in comparison_text(found, plain)
    text = comparison_text(found | {"resamples_without_a_label": 1234}, plain)
    assert "1,234 of 2,000 resamples drew no row of some label" in text


def test_labels_that_moved_are_listed_and_none_is_said_to_be_none(found):
    assert "No label's F1 moved beyond the noise of test rows" in comparison_text(found, plain)
    moved = comparison_text(found | {"labels": [{"label": "grief", **MACRO, "verdict": "worse"}]}, markdown)
    assert "| grief | 50.00 | 52.50 | +2.50 | -1.00 to +6.00 | worse |" in moved
    assert "No label's" not in moved


def test_more_labels_than_the_resamples_can_tell_apart_are_said_to_be_untested(found):
    text = comparison_text(found | {"labels_tested": 0}, plain)
    assert TOO_MANY in text
    assert "No label's" not in text


def test_params_that_differ_stand_beside_each_other(found):
    assert comparison_text(found, plain).endswith("The params are the same.")
    differing = comparison_text(
        found | {"params": {"train.seed": [42, 43], "train.loss.name": [None, "bce"]}}, markdown
    )
    assert "| train.seed | 42 | 43 |" in differing
    assert "| train.loss.name | None | bce |" in differing
