import csv
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotions.errors import UserError
from emotions.inference.pieces import Layout, Scored, form_of_output

ROWS = [
    Scored(1, ("x",), 'so "happy",\nyes', {"joy": 0.9, "love": 0.5}, [0.9, 0.1, 0.5], None),
    Scored(2, (None,), None, None, None, "in.csv:3: expected a text"),
    Scored(3, ("z",), "hm", {}, [0.2, 0.1, 0.3], None),
]
LABELS = ("joy", "anger", "love")
CELLS = st.text(st.one_of(st.sampled_from('\r\n",; a'), st.characters(codec="utf-8")), max_size=6)


def layout(form: str, **changed: object) -> Layout:
    return Layout(**{"form": form, "text": "comment", "keep": ("id",), "every": LABELS, "with_error": True} | changed)


def joined(form: str, folder: Path) -> Path:
    """Return a file of ROWS in two pieces."""
    of = layout(form)
    for name, rows in (("a", ROWS[:2]), ("b", ROWS[2:])):
        of.write(folder / name, rows)
    of.join([folder / "a", folder / "b"], folder / f"out.{form}")
    return folder / f"out.{form}"


def test_json_has_an_object_a_row(tmp_path):
    rows = [json.loads(line) for line in joined("jsonl", tmp_path).read_text(encoding="utf-8").splitlines()]
    assert rows[0] == {
        "row": 1,
        "id": "x",
        "comment": 'so "happy",\nyes',
        "emotions": {"joy": 0.9, "love": 0.5},
        "probabilities": {"joy": 0.9, "anger": 0.1, "love": 0.5},
        "error": None,
    }
    assert list(rows[0]["emotions"]) == ["joy", "love"], "the most probable first"
    assert rows[1] == {
        "row": 2, "id": None, "comment": None, "emotions": None, "probabilities": None, "error": ROWS[1].error
    }  # fmt: skip
    assert rows[2]["emotions"] == {}


def test_csv_has_one_header_and_cells_that_hold_several(tmp_path):
    with joined("csv", tmp_path).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["row", "id", "comment", "emotions", "probabilities", "joy", "anger", "love", "error"],
        ["1", "x", 'so "happy",\nyes', "joy; love", "0.9; 0.5", "0.9", "0.1", "0.5", ""],
        ["2", "", "", "", "", "", "", "", "in.csv:3: expected a text"],
        ["3", "z", "hm", "", "", "0.2", "0.1", "0.3", ""],
    ]


def test_parquet_has_lists_and_a_column_a_label(tmp_path):
    table = pq.read_table(joined("parquet", tmp_path))
    assert table.schema.field("emotions").type == pa.list_(pa.string())
    assert table["emotions"].to_pylist() == [["joy", "love"], None, []]
    assert table["row"].to_pylist() == [1, 2, 3]
    assert table["love"].to_pylist() == pytest.approx([0.5, None, 0.3])
    assert table["error"].to_pylist() == [None, ROWS[1].error, None]
    assert pq.ParquetFile(tmp_path / "out.parquet").num_row_groups == 1, "pieces share a group"


def test_kept_columns_of_parquet_keep_their_type(tmp_path):
    of = layout("parquet", types={"id": pa.int64()})
    of.write(tmp_path / "a", [Scored(1, (7,), "hm", {}, [0.2, 0.1, 0.3], None)])
    assert pq.read_schema(tmp_path / "a").field("id").type == pa.int64()


def test_columns_that_nobody_asked_for_are_not_there():
    assert layout("csv", keep=(), every=(), with_error=False).names == ["row", "comment", "emotions", "probabilities"]


@pytest.mark.parametrize("keep", [("emotions",), ("row",), ("joy",), ("comment",), ("a", "a")])
def test_two_columns_of_one_name_are_refused(keep):
    with pytest.raises(UserError, match="the output would have two columns"):
        layout("csv", keep=keep).refuse_twins()


def test_an_output_of_another_name_is_refused():
    assert form_of_output(Path("a.b.CSV")) == "csv"
    with pytest.raises(UserError, match=r"out.txt: expected .jsonl, .csv or .parquet; found another name"):
        form_of_output(Path("out.txt"))


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=3))
def test_whatever_stands_in_cells_csv_gives_it_back(cells):
    rows = [Scored(number, (kept,), text, {}, None, None) for number, (kept, text) in enumerate(cells, start=1)]
    with TemporaryDirectory() as folder:
        out = Path(folder) / "out.csv"
        layout("csv", every=(), with_error=False).write(out, rows)
        with out.open(encoding="utf-8", newline="") as file:
            _, *read = csv.reader(file)
    assert [(kept, text) for _, kept, text, *_ in read] == cells
