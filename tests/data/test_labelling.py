import pytest

from emotions.data.labelling import flags, one_column, shown


def column(sample: list, separator: str | None = None, names: list[str] | None = None):
    return one_column("tags", sample, separator, names)


def test_columns_of_0_and_1_are_labels():
    labelling = flags(["toxic", "obscene", "threat"])
    assert labelling.of(("1", "0", "true")) == ["toxic", "threat"]
    assert labelling.of((0, 1.0, False)) == ["obscene"]
    assert labelling.of(("yes", "No", "no")) == ["toxic"]
    for bad in ("", "-1", None, 2, 0.5):
        with pytest.raises(ValueError, match="expected 0 or 1 in column obscene; found"):
            labelling.of((0, bad, 1))


@pytest.mark.parametrize(
    "cells",
    [
        [["joy", "anger"], [], ["joy"]],
        ['["joy", "anger"]', "[]", '["joy"]'],
        ["['joy', 'anger']", "[]", "['joy']"],
        ["<joy><anger>", "", "<joy>"],
        ["['joy' 'anger']", "[]", "['joy']"],
        ["['joy'\n \"anger\"]", "[]", "['joy']"],
    ],
)
def test_lists_are_read_whether_native_in_json_or_as_python_or_numpy_write_them(cells):
    labelling = column(cells)
    assert not labelling.one
    assert [labelling.of((cell,)) for cell in cells] == [["joy", "anger"], [], ["joy"]]


def test_an_empty_cell_among_lists_is_no_label():
    labelling = column(["", '["joy"]', None])
    assert [labelling.of((cell,)) for cell in ("", None, float("nan"), '["joy"]')] == [[], [], [], ["joy"]]
    with pytest.raises(ValueError, match="expected a list of label names.* found 'joy'"):
        labelling.of(("joy",))


def test_a_separator_parts_names_and_a_name_that_stands_twice_is_one():
    labelling = column([], ";")
    assert labelling.of(("joy; anger;;joy",)) == ["joy", "anger"]
    assert labelling.of(("",)) == []


def test_one_name_a_cell():
    labelling = column(["joy", "anger"])
    assert labelling.one
    assert [labelling.of((cell,)) for cell in (" joy ", None, "", 3, 3.0)] == [["joy"], [], [], ["3"], ["3"]]


def test_a_cell_that_may_be_one_label_or_two_is_refused_until_somebody_says():
    with pytest.raises(
        ValueError, match=r"found 'joy;anger' in column tags: --separator ';' for several, --separator none"
    ):
        column(["joy"]).of(("joy;anger",))
    assert column(["joy"], "none").of(("food, drinks",)) == ["food, drinks"]


def test_numbers_get_their_names():
    labelling = column([0, 1], names=["joy", "anger"])
    assert labelling.of((1,)) == ["anger"]
    assert column([[0, 1]], names=["joy", "anger"]).of(([1, 0],)) == ["anger", "joy"]
    assert column([], ",", ["joy", "anger"]).of(("0,1",)) == ["joy", "anger"]
    for bad in (2, -1, "joy"):
        with pytest.raises(ValueError, match="expected a label number from 0 to 1"):
            labelling.of((bad,))


@pytest.mark.parametrize(("cells", "separator"), [([1, 2, 3], None), (["1|3", "2"], "|"), (["[1 3]", "[2]"], None)])
def test_numbers_that_reach_the_count_of_names_begin_at_1(cells, separator):
    labelling = column(cells, separator, ["joy", "anger", "fear"])
    assert "numbers from 1" in labelling.said
    assert labelling.of((cells[0],))[0] == "joy"
    with pytest.raises(ValueError, match="expected a label number from 1 to 3; found '0'"):
        labelling.of(("[0]" if "[" in str(cells[0]) else "0",))


def test_numbers_with_a_0_begin_there_and_the_count_of_names_is_beyond_them():
    labelling = column([0, 2], names=["joy", "anger"])
    assert "numbers from 0" in labelling.said
    with pytest.raises(ValueError, match="expected a label number from 0 to 1; found '2'"):
        labelling.of((2,))


def test_a_name_that_no_line_can_hold_is_refused():
    for bad in ("two\nlines", "joy\xa0us", "\x1b[31mred", "\ud800"):
        with pytest.raises(ValueError, match="expected a label name of characters that show"):
            column(["joy"]).of((bad,))


def test_cells_are_shown_as_people_write_them():
    assert [shown(cell) for cell in (None, float("nan"), 3.0, 0.5, True, "a")] == ["", "", "3", "0.5", "True", "a"]


def test_numbers_that_numpy_and_pandas_write_are_the_numbers_of_labels():
    labelling = column(["[0 1]", "[2]", "[]"], names=["joy", "anger", "fear"])
    assert [labelling.of((cell,)) for cell in ("[0 1]", "[2]", "[]")] == [["joy", "anger"], ["fear"], []]
    assert column(["1.0", ""], names=["joy", "anger"]).of(("1.0",)) == ["anger"]


@pytest.mark.parametrize("cell", [{"joy": 1}, [{"name": "joy"}], [["joy"]]])
def test_objects_and_lists_inside_lists_are_no_label_names(cell):
    with pytest.raises(ValueError, match="expected one text, name or number in a cell; found"):
        column([cell]).of((cell,))
