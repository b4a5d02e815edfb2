from pathlib import Path

import pytest

from emotions.data.corpus import read_source
from emotions.data.correction import correct
from emotions.errors import UserError


@pytest.fixture
def fix(project_copy):
    """A function that writes corrections of the tiny source; the project's folder is the current one."""

    def written(*lines: str):
        path = project_copy / "fix.csv"
        path.write_text("\n".join(["id,text,labels", *lines]) + "\n")
        return path

    return written


def test_corrected_rows_have_their_labels_and_all_others_stay(fix):
    names, before = read_source("tiny")
    first, second, third = before["train"][:3]
    assert first.labels == second.labels == third.labels == (0,)
    lines = [f"{first.id},,anger|neutral", f"{second.id},same as before,joy", f"{third.id},,"]
    assert correct("fixed", "tiny", fix(*lines)) == {"train": 2, "validation": 0, "test": 0}
    fixed_names, after = read_source("fixed")
    assert fixed_names == names
    assert [row.labels for row in after["train"][:3]] == [(1, 2), (0,), ()]
    assert [row.text for row in after["train"]] == [row.text for row in before["train"]]
    assert after["train"][3:] == before["train"][3:]
    assert (after["validation"], after["test"]) == (before["validation"], before["test"])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["t1,,pride"], r"fix\.csv:2: expected labels, \| between them; found 'pride'"),
        (["t1,,joy", "t1,,anger"], r"fix\.csv:3: expected each id once; found 't1' again"),
        (["nobody,,joy"], "expected ids of rows of tiny; found 'nobody'"),
        (["t1,,joy,anger"], r"fix\.csv:2: expected 3 cells as in the first row; found more or fewer"),
        (["t1,"], r"fix\.csv:2: expected 3 cells as in the first row; found more or fewer"),
        (['"t1,,joy'], r"fix\.csv:\d: expected CSV in UTF-8"),
    ],
)
def test_corrections_that_fit_no_row_are_refused_and_nothing_is_written(fix, project_copy, lines, said):
    with pytest.raises(UserError, match=said):
        correct("fixed", "tiny", fix(*lines))
    assert not (project_copy / "data/raw/fixed").exists()


def test_a_column_that_stands_twice_is_refused(project_copy):
    Path("fix.csv").write_text("id,labels,labels\nt1,joy,anger\n")
    with pytest.raises(UserError, match=r"fix\.csv:1: expected each column once; found id, labels, labels"):
        correct("fixed", "tiny", Path("fix.csv"))


def test_a_file_without_its_columns_is_refused(fix, project_copy):
    path = fix()
    path.write_text("id,label\nt1,joy\n")
    with pytest.raises(UserError, match=r"fix\.csv:1: expected the columns id and labels; found id, label"):
        correct("fixed", "tiny", path)
    with pytest.raises(UserError, match="found no such file"):
        correct("fixed", "tiny", project_copy / "other.csv")


def test_a_name_that_is_taken_is_refused(fix):
    with pytest.raises(UserError, match="data/raw/tiny is there already"):
        correct("tiny", "tiny", fix())
