import pytest

from emotions.data.corpus import Row, count_lines, read_label_names, read_rows, refuse_repeated_ids
from emotions.data.fingerprints import fingerprint, normalise
from emotions.errors import UserError


@pytest.fixture
def write_rows(tmp_path):
    def write(content: bytes):
        path = tmp_path / "train.tsv"
        path.write_bytes(content)
        return path

    return write


def test_a_row_is_text_labels_and_id(write_rows):
    path = write_rows(b"so happy\t0,2\ta1\nfine\t1\ta2\n")
    assert list(read_rows(path, label_count=3)) == [Row("so happy", (0, 2), "a1"), Row("fine", (1,), "a2")]


def test_quotes_are_text(write_rows):
    path = write_rows(b'"he said ""no""\t0\ta1\nplain "quote\t0\ta2\n')
    assert [row.text for row in read_rows(path, 1)] == ['"he said ""no""', 'plain "quote']


def test_only_a_line_feed_ends_a_row(write_rows):
    text = "one\u2028two\x0bthree\x85four"
    rows = list(read_rows(write_rows(f"{text}\t0\ta1\r\nlast\t0\ta2".encode()), 1))
    assert [(row.text, row.id) for row in rows] == [(text, "a1"), ("last", "a2")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"text only", "expected 3 cells between tabs .* found 1"),
        (b"text\t0\tid\tmore", "found 4"),
        (b"", "found 1"),
        (b"  \t0\tid", "expected a text"),
        (b"text\t0\t", "expected a comment id without spaces .* found ''"),
        (b"text\t0\ttwo words", "found 'two words'"),
        (b"text\t3\tid", "label ids from 0 to 2 .* found '3'"),
        (b"text\t-1\tid", "found '-1'"),
        (b"text\tjoy\tid", "found 'joy'"),
        (b"text\t\tid", "found ''"),
        ("text\t²\tid".encode(), "found '²'"),
        (b"text\t1,1\tid", "each label id once; found 1 again"),
        (b"caf\xe9\t0\tid", "expected UTF-8; found byte 0xe9 at 3"),
    ],
)
def test_a_bad_row_is_refused_with_file_and_line(write_rows, line, said):
    path = write_rows(b"good\t0\tfirst\n" + line + b"\ngood\t0\tlast\n")
    with pytest.raises(UserError, match=rf"train\.tsv:2: .*{said}"):
        list(read_rows(path, label_count=3))


def test_a_missing_or_empty_file_is_refused(write_rows, tmp_path):
    with pytest.raises(UserError, match="found none"):
        list(read_rows(tmp_path / "absent.tsv", 1))
    with pytest.raises(UserError, match="empty file"):
        list(read_rows(write_rows(b""), 1))


@pytest.mark.parametrize(
    ("content", "said"),
    [("joy\n\nanger\n", r":2: expected a label name"), ("joy\njoy\n", ":2: .* once"), ("", "empty"), (" joy\n", ":1:")],
)
def test_bad_label_names_are_refused(tmp_path, content, said):
    path = tmp_path / "labels.txt"
    path.write_text(content)
    with pytest.raises(UserError, match=said):
        read_label_names(path)


@pytest.fixture
def repeated_id(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data/raw/own"
    folder.mkdir(parents=True)
    for file, id in (("train.tsv", "a"), ("dev.tsv", "b"), ("test.tsv", "a")):
        (folder / file).write_text(f"text\t0\t{id}\n")
    return "own"


def test_an_id_in_two_splits_is_refused_with_both_places(repeated_id):
    with pytest.raises(UserError, match=r"test\.tsv:1: expected an id of its own; found 'a', also at .*train\.tsv:1"):
        refuse_repeated_ids(repeated_id, 1, {fingerprint("a")})


def test_different_ids_of_one_fingerprint_are_no_repetition(repeated_id):
    refuse_repeated_ids(repeated_id, 1, {fingerprint("b")})


def test_lines_are_counted_as_rows_are(write_rows, tmp_path):
    assert count_lines(write_rows(b"a\t0\tx\nb\t0\ty")) == 2
    assert count_lines(write_rows(b"")) == count_lines(tmp_path / "absent.tsv") == 0


def test_rows_are_read_one_at_a_time(write_rows):
    rows = read_rows(write_rows(b"good\t0\tfirst\nbad"), 1)
    assert next(rows).id == "first", "what comes after is not read yet"
    with pytest.raises(UserError, match=":2: expected 3 cells"):
        next(rows)


def test_near_duplicates_differ_in_case_and_punctuation_alone():
    assert normalise("That's GREAT!!") == normalise("thats great")
    assert normalise("so great") != normalise("great")
    assert normalise(":((") != normalise(":)"), "a text of punctuation alone is no duplicate of every other such"
