import pytest

from emotions.data.corpus import (
    Row,
    count_lines,
    format_here,
    read_label_names,
    read_rows,
    read_source,
    refuse_repeated_ids,
    source_files,
)
from emotions.data.fingerprints import fingerprint, normalise
from emotions.errors import UserError

NAMES = ["joy", "anger", "neutral"]


@pytest.fixture
def write_rows(tmp_path):
    def write(content: bytes, suffix: str = "tsv"):
        path = tmp_path / f"train.{suffix}"
        path.write_bytes(content)
        return path

    return write


def test_a_row_is_text_labels_and_id(write_rows):
    path = write_rows(b"so happy\t0,2\ta1\nfine\t1\ta2\n")
    assert list(read_rows(path, NAMES)) == [Row("so happy", (0, 2), "a1"), Row("fine", (1,), "a2")]


def test_quotes_are_text(write_rows):
    path = write_rows(b'"he said ""no""\t0\ta1\nplain "quote\t0\ta2\n')
    assert [row.text for row in read_rows(path, NAMES)] == ['"he said ""no""', 'plain "quote']


def test_only_a_line_feed_ends_a_row(write_rows):
    text = "one\u2028two\x0bthree\x85four"
    rows = list(read_rows(write_rows(f"{text}\t0\ta1\r\nlast\t0\ta2".encode()), NAMES))
    assert [(row.text, row.id) for row in rows] == [(text, "a1"), ("last", "a2")]


def test_a_byte_order_mark_is_no_text(write_rows, tmp_path):
    assert next(read_rows(write_rows(b"\xef\xbb\xbfso happy\t0\ta1\n"), NAMES)).text == "so happy"
    line = b'\xef\xbb\xbf{"id": "a1", "text": "so happy", "labels": []}\n'
    assert next(read_rows(write_rows(line, "jsonl"), NAMES)).text == "so happy"
    (tmp_path / "labels.txt").write_bytes(b"\xef\xbb\xbfjoy\r\nanger\r\n")
    assert read_label_names(tmp_path / "labels.txt") == ["joy", "anger"]


@pytest.mark.parametrize("text", ["!", "😊", "\U0001fabf", "日本", "👨\u200d👩\u200d👧", "❤\ufe0f", "\ue000", "½"])
def test_a_text_of_one_character_that_shows_is_a_text(write_rows, text):
    assert [row.text for row in read_rows(write_rows(f"{text}\t0\ta1\n".encode()), NAMES)] == [text]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"text only", "expected 3 cells between tabs .* found 1"),
        (b"text\t0\tid\tmore", "found 4"),
        (b"", "found 1"),
        (b"  \t0\tid", "expected a text; found none"),
        (b"text\t0\t", "expected a comment id without spaces; found ''"),
        (b"text\t0\ttwo words", "found 'two words'"),
        (b"text\t3\tid", "label ids from 0 to 2 .* found '3'"),
        (b"text\t-1\tid", "found '-1'"),
        (b"text\tjoy\tid", "found 'joy'"),
        (b"text\t0,\tid", "found '0,'"),
        ("text\t²\tid".encode(), "found '²'"),
        (b"text\t1,1\tid", "each label once; found label 1 again"),
        (b"caf\xe9\t0\tid", "expected UTF-8; found byte 0xe9 at 3"),
        (b"text\t" + b"1" * 5_000 + b"\tid", "label ids from 0 to 2"),
        ("\u200b\u200d\t0\tid".encode(), "expected a text; found none"),
        ("\u3164\u0301\t0\tid".encode(), "expected a text; found none"),
        (b"a\0\t0\tid", r"found '\\x00' in the text"),
        (b"text\t0\ta\x1b[2J", r"found '\\x1b' in the comment id"),
    ],
)
def test_a_bad_row_is_refused_with_file_and_line(write_rows, line, said):
    path = write_rows(b"good\t0\tfirst\n" + line + b"\ngood\t0\tlast\n")
    with pytest.raises(UserError, match=rf"train\.tsv:2: .*{said}"):
        list(read_rows(path, NAMES))


def test_a_row_may_carry_no_label(write_rows):
    assert list(read_rows(write_rows(b"text\t\ta1\n"), NAMES)) == [Row("text", (), "a1")]
    line = b'{"id": "a1", "text": "text", "labels": []}\n'
    assert list(read_rows(write_rows(line, "jsonl"), NAMES)) == [Row("text", (), "a1")]


def test_a_row_of_json_names_its_labels_and_holds_any_text(write_rows):
    lines = (
        b'{"id": "a1", "text": "two\\nlines, a\\ttab", "labels": ["neutral", "joy"]}\n'
        b'{"labels": ["anger"], "text": "caf\xc3\xa9", "id": "a2"}\r\n'
    )
    assert list(read_rows(write_rows(lines, "jsonl"), NAMES)) == [
        Row("two\nlines, a\ttab", (2, 0), "a1"),
        Row("café", (1,), "a2"),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"text\t0\tid", r'expected {"id": …, "text": …, "labels": \[…\]}; found .text'),
        (b"", "expected {"),
        (b"[" * 100_000, "expected {"),
        (b"[1]", "expected an object of id, text and labels; found 'list'"),
        (b'{"id": "a", "text": "b"}', "found 'id, text'"),
        (b'{"id": "a", "text": "b", "labels": [], "score": 1}', "found 'id, text, labels, score'"),
        (b'{"id": 7, "text": "b", "labels": []}', "expected id as a string; found 7"),
        (b'{"id": "a", "text": null, "labels": []}', "expected text as a string; found None"),
        (b'{"id": "a", "text": " ", "labels": []}', "expected a text"),
        (b'{"id": "a b", "text": "b", "labels": []}', "found 'a b'"),
        (b'{"id": "a", "text": "\\ud83d", "labels": []}', "whole characters; found half of one"),
        (b'{"id": "a", "text": "b", "labels": "joy"}', "labels as a list of names; found 'joy'"),
        (b'{"id": "a", "text": "b", "labels": [0]}', "data/labels names; found 0"),
        (b'{"id": "a", "text": "b", "labels": ["pride"]}', "found 'pride'"),
        (b'{"id": "a", "text": "b", "labels": ["joy", "joy"]}', "each label once; found label 0 again"),
        (b'{"id": "a", "text": "\xff", "labels": []}', "expected UTF-8; found byte 0xff"),
    ],
)
def test_a_bad_row_of_json_is_refused_with_file_and_line(write_rows, line, said):
    good = b'{"id": "first", "text": "good", "labels": ["joy"]}\n'
    with pytest.raises(UserError, match=rf"train\.jsonl:2: .*{said}"):
        list(read_rows(write_rows(good + line + b"\n" + good, "jsonl"), NAMES))


def test_a_source_that_is_not_here_is_refused_with_what_brings_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="^data/raw/goemotions: .* found neither; make data brings GoEmotions"):
        format_here("goemotions")


def test_a_missing_or_empty_file_is_refused(write_rows, tmp_path):
    with pytest.raises(UserError, match="absent.tsv: expected .* found no file"):
        list(read_rows(tmp_path / "absent.tsv", NAMES))
    with pytest.raises(UserError, match="empty file"):
        list(read_rows(write_rows(b""), NAMES))


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
def source(tmp_path, monkeypatch):
    """A source of three rows, of which two have one id; its TSV files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/labels").mkdir(parents=True)
    (tmp_path / "data/labels/own.txt").write_text("\n".join(NAMES))
    files = source_files("own", "tsv")
    files["train"].parent.mkdir(parents=True)
    for path, id in zip(files.values(), "aba", strict=True):
        path.write_text(f"text\t0\t{id}\n")
    return files


def test_an_id_in_two_splits_is_refused_with_both_places(source):
    with pytest.raises(UserError, match=r"test\.tsv:1: expected an id of its own; found 'a', also at .*train\.tsv:1"):
        refuse_repeated_ids(source.values(), NAMES, {fingerprint("a")})


def test_different_ids_of_one_fingerprint_are_no_repetition(source):
    refuse_repeated_ids(source.values(), NAMES, {fingerprint("b")})


def test_a_source_is_read_in_the_format_it_has(source):
    tsv = read_source("own")
    for path in source.values():
        row = path.read_text().split()
        path.with_suffix(".jsonl").write_text(f'{{"id": "{row[2]}", "text": "{row[0]}", "labels": ["joy"]}}\n')
    with pytest.raises(UserError, match=r"raw/own: expected train\.tsv or .*; found train\.tsv and train\.jsonl"):
        format_here("own")
    for path in source.values():
        path.unlink()
    assert format_here("own") == "jsonl"
    rows = {split: [Row("text", (0,), id)] for split, id in zip(source, "aba", strict=True)}
    assert read_source("own") == tsv == (NAMES, rows)
    with pytest.raises(UserError, match="found neither"):
        format_here("other")


def test_lines_are_counted_as_rows_are(write_rows, tmp_path):
    assert count_lines(write_rows(b"a\t0\tx\nb\t0\ty")) == 2
    assert count_lines(write_rows(b"")) == count_lines(tmp_path / "absent.tsv") == 0


def test_rows_are_read_one_at_a_time(write_rows):
    rows = read_rows(write_rows(b"good\t0\tfirst\nbad"), NAMES)
    assert next(rows).id == "first", "what comes after is not read yet"
    with pytest.raises(UserError, match=":2: expected 3 cells"):
        next(rows)


def test_near_duplicates_differ_in_case_and_punctuation_alone():
    assert normalise("That's GREAT!!") == normalise("thats great")
    assert normalise("so great") != normalise("great")
    assert normalise(":((") != normalise(":)"), "a text of punctuation alone is no duplicate of every other such"
