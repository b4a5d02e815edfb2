import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotions.data.tables import Writing, columns_of, open_tables
from emotions.errors import UserError

ROWS = [("two\nlines, a comma", "joy", "a1"), ("café", "anger", "a2")]
COLUMNS = ["text", "label", "id"]
ANY = Writing(encoding=None, delimiter=None, quotes=True, header=True, sheet=None, config=None, named=[])


def csv(folder):
    path = folder / "rows.csv"
    path.write_text('text,label,id\n"two\nlines, a comma",joy,a1\ncafé,anger,a2\n', encoding="utf-8")
    return path


def semicolons(folder):
    path = folder / "rows.csv"
    path.write_text('\ufefftext;label;id\r\n"two\nlines, a comma";joy;a1\r\ncafé;anger;a2\r\n', encoding="utf-8")
    return path


def tsv(folder):
    path = folder / "rows.tsv"
    path.write_text('text\tlabel\tid\n"two\nlines, a comma"\tjoy\ta1\ncafé\tanger\ta2\n', encoding="utf-8")
    return path


def json_lines(folder):
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n\n" for row in ROWS))
    return path


def parquet(folder):
    path = folder / "rows.parquet"
    pq.write_table(pa.table(dict(zip(COLUMNS, map(list, zip(*ROWS, strict=True)), strict=True))), path)
    return path


def excel(folder):
    import openpyxl

    book = openpyxl.Workbook()
    for row in (COLUMNS, *ROWS, (None, None, None)):
        book.active.append(row)
    book.save(folder / "rows.xlsx")
    return folder / "rows.xlsx"


def read(source, writing=ANY, split=None, columns=COLUMNS):
    return [cells for table in open_tables(str(source), writing, split) for _, cells in table.read(columns)]


def json_list(folder):
    path = folder / "rows.json"
    path.write_text(json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in ROWS], indent=2))
    return path


FORMS = [csv, semicolons, tsv, json_lines, json_list, parquet, excel]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_rows(tmp_path, form):
    path = form(tmp_path)
    assert read(path) == ROWS
    assert read(path, columns=["id", "text"]) == [(row[2], row[0]) for row in ROWS]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_from_gz_too(tmp_path, form):
    path = form(tmp_path)
    compressed = path.with_name(path.name + ".gz")
    compressed.write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    [table] = open_tables(str(compressed), ANY)
    assert [cells for _, cells in table.read(COLUMNS)] == ROWS
    assert [cells for _, cells in table.read(COLUMNS)] == ROWS, "it is read more than once"


def saved_dataset(folder):
    from datasets import ClassLabel, Dataset, Features, Value

    features = Features({"text": Value("string"), "label": ClassLabel(names=["joy", "anger"]), "id": Value("string")})
    numbers = {"joy": 0, "anger": 1}
    rows = [{"text": text, "label": numbers[label], "id": id} for text, label, id in ROWS]
    return Dataset.from_list(rows, features=features)


def test_a_saved_dataset_has_label_names(tmp_path):
    saved_dataset(tmp_path).save_to_disk(tmp_path / "saved")
    [table] = open_tables(str(tmp_path / "saved"), ANY)
    assert table.names == {"label": ["joy", "anger"]}
    assert table.split is None
    assert [cells for _, cells in table.read(["label", "id"])] == [(0, "a1"), (1, "a2")]


def test_a_saved_dataset_of_splits_is_a_table_a_split(tmp_path):
    from datasets import DatasetDict

    rows = saved_dataset(tmp_path)
    DatasetDict({"train": rows, "valid": rows}).save_to_disk(tmp_path / "saved")
    assert [table.split for table in open_tables(str(tmp_path / "saved"), ANY)] == ["train", "validation"]
    with pytest.raises(UserError, match="expected rows of test alone; found the splits train, valid"):
        open_tables(str(tmp_path / "saved"), ANY, "test")
    DatasetDict({"train": rows, "unsupervised": rows}).save_to_disk(tmp_path / "other")
    with pytest.raises(UserError, match="expected the splits train, validation and test; found 'unsupervised'"):
        open_tables(str(tmp_path / "other"), ANY)


def test_parquet_of_a_dataset_has_its_label_names(tmp_path):
    saved_dataset(tmp_path).to_parquet(tmp_path / "rows.parquet")
    [table] = open_tables(str(tmp_path / "rows.parquet"), ANY)
    assert table.names == {"label": ["joy", "anger"]}


def test_a_folder_of_files_is_loaded_as_the_hub_would_be(tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    (tmp_path / "folder").mkdir()
    parquet(tmp_path / "folder").rename(tmp_path / "folder/test.parquet")
    parquet(tmp_path / "folder").rename(tmp_path / "folder/train.parquet")
    tables = open_tables(str(tmp_path / "folder"), ANY)
    assert [table.split for table in tables] == ["train", "test"]
    assert [cells for _, cells in tables[1].read(COLUMNS)] == ROWS


def test_an_id_that_the_hub_does_not_have_is_refused(monkeypatch):
    def unknown(name, config):
        from datasets.exceptions import DatasetNotFoundError

        raise DatasetNotFoundError(f"Dataset '{name}' doesn't exist on the Hub.")

    monkeypatch.setattr("datasets.load_dataset", unknown)
    with pytest.raises(UserError, match=r"nobody/nothing: expected CSV.*cannot be read \(.*Dataset 'nobody/nothing'"):
        open_tables("nobody/nothing", ANY)


def test_a_dataset_that_is_a_program_or_is_damaged_is_refused(tmp_path, monkeypatch):
    def program(name, config):
        raise RuntimeError("Dataset scripts are no longer supported, but found old.py")

    monkeypatch.setattr("datasets.load_dataset", program)
    with pytest.raises(UserError, match=r"nobody/old: expected CSV.*\(RuntimeError: Dataset scripts are no longer"):
        open_tables("nobody/old", ANY)
    for file in ("state.json", "dataset_dict.json"):
        for number, content in enumerate(("", "{}", "[]", "[" * 100_000)):
            folder = tmp_path / f"{file}{number}"
            folder.mkdir()
            (folder / file).write_text(content)
            (folder / "dataset_info.json").write_text("{}")
            with pytest.raises(UserError, match=r"expected CSV.*cannot be read .*; see that datasets\.load_from_disk"):
                open_tables(str(folder), ANY)


@pytest.mark.parametrize("noted", ["", "[" * 100_000, "1" * 5_000, '{"info": {"features": 3}}'])
def test_damaged_notes_of_datasets_in_parquet_are_refused(tmp_path, noted):
    table = pa.table({"text": ["so happy"]}).replace_schema_metadata({"huggingface": noted})
    pq.write_table(table, tmp_path / "rows.parquet")
    with pytest.raises(UserError, match=r"rows\.parquet: expected label names as datasets notes them"):
        open_tables(str(tmp_path / "rows.parquet"), ANY)


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_an_encoding_that_wants_a_mark_is_refused_without_it(tmp_path, name):
    (tmp_path / name).write_text("text,label\nso happy,joy\n")
    with pytest.raises(UserError, match=rf"{name}: expected utf-16; found another encoding .*: --encoding NAME"):
        read(tmp_path / name, Writing("utf-16", None, True, True, None, None, []))


def test_a_first_line_of_another_encoding_is_refused(tmp_path):
    (tmp_path / "rows.csv").write_text("téxt,label\nso happy,joy\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"rows\.csv:1: expected the names of at least two columns"):
        read(tmp_path / "rows.csv", Writing("ascii", None, True, True, None, None, []))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rows.csv", None, "no such file"),
        ("rows.xml", b"<a/>", "a file of another form"),
        ("rows.csv", b"text,label\na,b\nc\n", r"rows\.csv:3: expected 2 cells as in the first row; found 1: 'c'"),
        ("rows.csv", b"text,text,label\na,b,c\n", "expected each column once; found 'text' again"),
        ("rows.csv", b"", "expected the names of at least two columns"),
        ("rows.jsonl", b'{"text": "a"}\n{"text": \n', r"rows\.jsonl:2: expected an object of JSON"),
        ("rows.json", b'[{"text": "a"},', r"rows\.json: expected a list of objects of JSON"),
        ("rows.json", b'["a"]', r"rows\.json:1: expected an object of JSON"),
        ("rows.jsonl", b'{"text": "a"}\n{"text": "caf\xe9 ou"}\n', r"rows\.jsonl:2: expected UTF-8"),
        ("rows.parquet", b"PAR1 and nothing", "expected a Parquet file; found another or a part"),
        ("rows.xlsx", b"no book", "expected a workbook as Excel saves it"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=said):
        read(tmp_path / name, columns=["text"])


def test_a_file_without_a_header_has_numbered_columns(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("so happy,joy\nangry,anger\n")
    assert read(path, Writing(None, None, True, False, None, None, ["1", "2"]), columns=["2"]) == [("joy",), ("anger",)]


def test_a_workbook_of_two_sheets_wants_to_know_which(tmp_path):
    import openpyxl

    path = excel(tmp_path)
    book = openpyxl.load_workbook(path)
    book.create_sheet("notes").append(COLUMNS)
    book.save(path)
    with pytest.raises(UserError, match="expected one sheet; found Sheet, notes: --sheet 'Sheet'"):
        read(path)
    assert read(path, Writing(None, None, True, True, "Sheet", None, [])) == ROWS
    with pytest.raises(UserError, match="--sheet 'other': expected one of Sheet, notes"):
        read(path, Writing(None, None, True, True, "other", None, []))


def test_an_encoding_that_python_does_not_know_is_refused(tmp_path):
    path = csv(tmp_path)
    with pytest.raises(UserError, match="--encoding klingon: expected one that Python knows"):
        read(path, Writing("klingon", None, True, True, None, None, []))


def test_an_option_names_a_column_a_list_or_a_range():
    columns = ["id", "a", "b", "c", "a,b"]
    assert columns_of("a", columns) == ["a"]
    assert columns_of("a,b", columns) == ["a,b"], "a column of that name comes first"
    assert columns_of("c, a", columns) == ["c", "a"]
    assert columns_of("a..c", columns) == ["a", "b", "c"]
    assert columns_of("c..a", columns) == columns_of("a..z", columns) == columns_of("a,z", columns) == []
