import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotions.errors import UserError
from emotions.inference.rows import Columns, kept_types, read_rows

TEXT = Columns("text")


@pytest.fixture
def written(tmp_path):
    """A function that writes a file, gzipped where its name ends in .gz, and returns its path."""

    def write(name: str, content: str | bytes):
        content = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


def texts(path, columns=TEXT) -> list[str | None]:
    return [row.text for row in read_rows(path, columns)]


def errors(path, columns=TEXT) -> list[str]:
    """Return the errors of rows, the folder of the file left out."""
    return [row.error.replace(f"{path.parent}/", "") for row in read_rows(path, columns) if row.error]


@pytest.mark.parametrize(
    ("name", "content", "columns"),
    [
        ("a.txt", "one\ntwo, three\n", Columns(None)),
        ("a.txt.gz", "one\r\ntwo, three", Columns(None)),
        ("a.csv", 'id,text\n1,one\n2,"two, three"\n', TEXT),
        ("a.csv", '\ufeffid,text\r\n1,one\r\n\r\n2,"two, three"\r\n', TEXT),
        ("a.csv", '1,one\n2,"two, three"\n', Columns("2")),
        ("a.tsv", "text\tid\none\t1\ntwo, three\t2\n", TEXT),
        ("a.tsv.gz", "one\t1\ntwo, three\t2\n", Columns("1")),
        ("a.jsonl", '{"text": "one"}\n\n{"text": "two, three", "id": 2}\n', TEXT),
    ],
)
def test_every_form_gives_the_same_texts(written, name, content, columns):
    assert texts(written(name, content), columns) == ["one", "two, three"]


def test_parquet_gives_them_too_with_kept_cells_of_their_own_type(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": [7, 8, 9], "text": ["one", None, "two"]}), path)
    rows = list(read_rows(path, Columns("text", ("id",))))
    assert [(row.number, row.text, row.kept) for row in rows] == [
        (1, "one", (7,)),
        (2, None, (None,)),
        (3, "two", (9,)),
    ]
    assert rows[1].error == f"{path}, row 2: expected a text; found nothing"
    assert kept_types(path, Columns("text", ("id",))) == {"id": pa.int64()}


def test_quotes_are_text_between_tabs(written):
    assert texts(written("a.tsv", 'text\n"so called\nfine"\n')) == ['"so called', 'fine"']


def test_a_cell_in_quotes_may_hold_lines_and_kept_cells_stand_beside(written):
    path = written("a.csv", 'id,text\nx,"one\ntwo ""three"""\ny,four\n')
    rows = list(read_rows(path, Columns("text", ("id",))))
    assert [(row.text, row.kept) for row in rows] == [('one\ntwo "three"', ("x",)), ("four", ("y",))]


def test_reading_goes_on_after_each_bad_row_and_names_its_lines(written):
    path = written(
        "a.csv",
        b'id,text\n1,one\n2\n3,a,b\n4,\n5,"two" x\n6,caf\xe9\n7,"three\n\nlines"\n8,last\n',
    )
    assert texts(path) == ["one", None, None, None, None, None, "three\n\nlines", "last"]
    assert errors(path) == [
        "a.csv:3: expected 2 cells as in the first row; found 1",
        "a.csv:4: expected 2 cells as in the first row; found 3",
        "a.csv:5: expected a text; found an empty one",
        "a.csv:6: expected cells in double quotes, quotes inside them doubled; found a row that breaks this "
        "(',' expected after '\"')",
        "a.csv:7: expected UTF-8; found byte 0xe9",
    ]


def test_a_quote_that_nobody_closes_is_one_bad_row_of_several_lines(written):
    path = written("a.csv", 'text\n"open\none\ntwo\n')
    assert texts(path) == [None]
    assert errors(path)[0].startswith("a.csv:2 to 4: expected cells in double quotes")


def test_a_bad_cell_beside_the_text_makes_a_bad_row(written):
    path = written("a.csv", b"id,text\n\xff,one\n")
    assert errors(path, Columns("text", ("id",))) == ["a.csv:2: expected UTF-8; found byte 0xff"]


def test_json_that_is_no_row_says_so(written):
    path = written("a.jsonl", '{"text": 3}\n[1]\n{"text": \n{"txt": "a"}\n{"text": "\\ud83d"}\n{"text": null}\n')
    assert errors(path) == [
        "a.jsonl:1: expected a text; found int",
        "a.jsonl:2: expected an object of JSON, {…}, a line; found list",
        "a.jsonl:3: expected an object of JSON, {…}, a line; found none (Expecting value: line 2 column 1 (char 10))",
        "a.jsonl:4: expected a key 'text'; found txt",
        "a.jsonl:5: expected UTF-8; found half a character",
        "a.jsonl:6: expected a text; found nothing",
    ]


def test_reading_goes_on_after_json_that_is_too_deep_or_has_a_number_too_long(written):
    path = written("a.jsonl", '{"text": ' + "[" * 100_000 + '\n{"text": 1' + "0" * 5_000 + '}\n{"text": "last"}\n')
    assert texts(path) == [None, None, "last"]
    for number, error in enumerate(errors(path), start=1):
        assert error.startswith(f"a.jsonl:{number}: expected an object of JSON, {{…}}, a line; found none (")


def test_kept_values_of_json_that_are_no_text_stay_json(written):
    path = written("a.jsonl", json.dumps({"text": "a", "tags": ["x"], "n": 1, "s": "é", "no": None}) + "\n")
    (row,) = read_rows(path, Columns("text", ("tags", "n", "s", "no")))
    assert row.kept == ('["x"]', "1", "é", None)


def test_an_empty_line_of_a_txt_is_a_row(written):
    path = written("a.txt", "one\n\ntwo\n")
    assert texts(path, Columns(None)) == ["one", None, "two"]
    assert errors(path, Columns(None)) == ["a.txt:2: expected a text; found an empty one"]


@pytest.mark.parametrize(
    ("name", "content", "columns", "said"),
    [
        ("a.csv", "id,text\n1,a\n", Columns("comment"), "expected a column 'comment'; found id, text"),
        ("a.csv", "id,text\n1,a\n", Columns("text", ("user",)), "expected a column 'user'; found id, text"),
        ("a.csv", "", TEXT, "expected rows; found an empty file"),
        ("a.csv", '"text" x\n', TEXT, "expected the names of columns; found quotes that break them"),
        ("a.csv", "a\n", Columns(None), "--text-column NAME: expected the column that holds the texts"),
        ("a.txt", "a\n", TEXT, "each line of a .txt is a text"),
        ("a.txt", "a\n", Columns(None, ("id",)), "--keep: a .txt has no columns"),
        ("a.doc", "a\n", TEXT, r"expected .txt, .csv, .tsv, .jsonl, each with .gz or without, or .parquet"),
        ("a.parquet.gz", "a\n", TEXT, "expected .txt"),
        ("a.parquet", "a\n", TEXT, "expected a Parquet file; found another or a part"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_is_refused(written, name, content, columns, said):
    with pytest.raises(UserError, match=said):
        list(read_rows(written(name, content), columns))


def test_no_file_is_refused(tmp_path):
    with pytest.raises(UserError, match="no.csv: expected a file of texts; found no such file"):
        list(read_rows(tmp_path / "no.csv", TEXT))
