import gzip

import pytest

from emotions.data.dialect import Dialect, find_dialect, find_encoding, read_cells
from emotions.errors import UserError

GERMAN = "id,text\n1,Die Straße ist größer als früher\n"
COMMA, TAB = Dialect(",", quoted=True), Dialect("\t", quoted=True)


@pytest.fixture
def write(tmp_path):
    def written(content: bytes, name: str = "rows.csv"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return written


def found(path, encoding="utf-8", delimiters=",;\t|", fits=lambda header: True):
    return find_dialect(path, encoding, list(delimiters), [True, False], fits)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (GERMAN.encode(), "utf-8"),
        (b"plain\n", "utf-8"),
        (b"", "utf-8"),
        (GERMAN.encode("utf-8-sig"), "utf-8-sig"),
        (GERMAN.encode("utf-16"), "utf-16"),
        (GERMAN.encode("utf-32"), "utf-32"),
        ("id,text\n1,so happy\n".encode("utf-16-le"), "utf_16_le"),
        (("Die Straße ist größer als früher, sagte Jürgen.\n" * 5).encode("cp1252"), "cp1252"),
    ],
)
def test_the_encoding_is_found(write, content, encoding):
    for name in ("rows.csv", "rows.csv.gz"):
        assert find_encoding(write(content, name)) == encoding


def test_a_line_that_reads_differently_is_refused_with_its_readings(write):
    path = write("text\nplain\nle café, où êtes-vous allés ?\nça va très bien\n".encode("cp1252"))
    with pytest.raises(UserError, match=r"rows\.csv:3: .* a line that reads 'le café.* in \w+, .*: --encoding NAME"):
        find_encoding(path)


def test_a_row_is_placed_at_its_first_line_and_may_have_several(write):
    path = write(b'text,label\n"two\nlines",a\n\n"a ""quote"", a comma",b\r\nlast,c')
    assert list(read_cells(path, "utf-8", COMMA)) == [
        (1, ["text", "label"]),
        (2, ["two\nlines", "a"]),
        (5, ['a "quote", a comma', "b"]),
        (6, ["last", "c"]),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'a,b\nc,d\n"never closed,e\nf,g\n', r":3: expected cells in double quotes.* --no-quotes"),
        (b'a,b\n"c" d,e\n', r":2: expected cells in double quotes"),
        (b"a,b\nc,d\ncaf\xe9,e\n", r":\d: expected utf-8 from here on; found .*--encoding NAME"),
    ],
)
def test_a_row_that_breaks_the_rules_is_refused_with_its_line(write, content, said):
    with pytest.raises(UserError, match=said):
        list(read_cells(write(content), "utf-8", COMMA))


def test_quotes_between_tabs_that_would_swallow_rows_are_refused(write):
    path = write(b'text\tlabel\n"so he said\t1\nfine\t0\nindeed"\t1\n')
    with pytest.raises(UserError, match=r":2: .*lines that would be rows by themselves.* --no-quotes"):
        list(read_cells(path, "utf-8", TAB))


def test_a_cell_of_a_text_with_tabs_in_quotes_is_one_cell(write):
    path = write(b'text\tlabel\n"two\nlines"\t1\n')
    assert [cells for _, cells in read_cells(path, "utf-8", TAB)] == [["text", "label"], ["two\nlines", "1"]]


@pytest.mark.parametrize(
    ("content", "dialect"),
    [
        (b"text,label\nso happy,joy\n", COMMA),
        (b"text;label\nso happy, really;joy\nfine;neutral\n", Dialect(";", quoted=True)),
        (b"text\tlabel\nso happy, really\tjoy\n", TAB),
        (b"text|label\nso happy|joy\n", Dialect("|", quoted=True)),
        (b'text\tlabel\n"so he said\t1\nfine\t0\nindeed"\t1\n', Dialect("\t", quoted=False)),
        (b'text\tlabel\n"Hi" he said\t1\n', Dialect("\t", quoted=False)),
        (b'text,label\n"one, two",joy\nthree,joy\n', COMMA),
    ],
)
def test_the_dialect_is_the_one_under_which_rows_have_as_many_cells(write, content, dialect):
    assert found(write(content)) == dialect


def test_two_dialects_are_unclear_unless_the_columns_tell(write):
    path = write(b"a,b;text\n1,2;so\n3,4;no\n")
    with pytest.raises(UserError, match="one way to read it; found a comma .*, or a semicolon .*--delimiter comma"):
        found(path)
    assert found(path, fits=lambda header: "text" in header) == Dialect(";", quoted=True)


def test_a_ragged_row_is_left_to_the_reading_that_names_its_line(write):
    assert found(write(b"text,label\na,b\nc,d,e\n"), fits=lambda header: "text" in header) == COMMA


def test_a_file_of_one_column_is_refused_with_its_first_line(write):
    with pytest.raises(UserError, match=r":1: expected the names of at least two columns.*found 'just text'"):
        found(write(b"just text\nmore text\n"))


def test_a_part_of_a_gz_file_is_refused(tmp_path):
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"text,label\n" * 1000)[:-20])
    with pytest.raises(UserError, match=r"rows\.csv\.gz: expected a whole file compressed by gzip"):
        find_encoding(path)
    path.write_bytes(b"text,label\n")
    with pytest.raises(UserError, match=r"rows\.csv\.gz: expected a whole file compressed by gzip"):
        find_encoding(path)
