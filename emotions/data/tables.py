"""Tables in the forms that people keep them in, read a row at a time."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from emotions.data.compressed import open_bytes, open_text
from emotions.data.dialect import (
    DELIMITERS,
    find_dialect,
    find_encoding,
    read_cells,
)
from emotions.errors import UserError, reading

if TYPE_CHECKING:
    import datasets

BATCH = 10_000  # rows in memory at a time, of forms that are read in batches
SAMPLE_ROWS = 1_000  # of JSON, whose keys are the columns
SAMPLE = 1 << 10  # characters, to see whether JSON begins with a list

SPLIT_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev", "development"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}

Rows = Iterator[tuple[int, tuple]]


@dataclass(frozen=True)
class Table:
    """A table's columns and what was understood of its form, in words.

    `read(columns)` yields each row's number and its cells of those columns; `unit` says what the number counts, lines
    or rows. `names` has the label names of columns that hold their numbers, `split` the split that all rows are of.
    """

    name: str
    form: str
    columns: list[str]
    read: Callable[[list[str]], Rows]
    unit: str = "row"
    names: dict[str, list[str]] = field(default_factory=dict)
    split: str | None = None

    def place(self, number: int) -> str:
        return f"{self.name}:{number}" if self.unit == "line" else f"{self.name}, row {number}"


@dataclass(frozen=True)
class Writing:
    """What a person says of a file's writing, None where it is to be found out; `named` are the options of columns."""

    encoding: str | None
    delimiter: str | None
    quotes: bool
    header: bool
    sheet: str | None
    config: str | None
    named: list[str]

    def fits(self, header: list[str]) -> bool:
        """Return whether a first row has the columns that the options name."""
        return not self.header or all(columns_of(option, stripped(header)) for option in self.named)


def columns_of(option: str, columns: list[str]) -> list[str]:
    """Return the columns that an option names, none where some are not there.

    It names one column, or several with commas between them, or with `first..last` a range of them.
    """
    if option in columns:
        return [option]
    first, dots, last = option.partition("..")
    if dots and first in columns and last in columns[columns.index(first) :]:
        return columns[columns.index(first) : columns.index(last) + 1]
    named = [name.strip() for name in option.split(",")]
    return named if set(named) <= set(columns) else []


def open_tables(source: str, writing: Writing, split: str | None = None) -> list[Table]:
    """Return the table of a file, or those of a dataset's splits: a folder or an id on the hub.

    A file is CSV, TSV, JSON lines or Parquet, each compressed by gzip or not, or Excel; its name says which. Raises
    UserError where it is not there, or is not what its name says.
    """
    path = Path(source)
    if path.is_dir():
        return dataset_tables(source, writing, split)
    name = path.name.lower().removesuffix(".gz")
    form = next((form for suffixes, form in FORMS.items() if name.endswith(suffixes)), None)
    if path.is_file() and form:
        return [form(path, writing, split)]
    if path.exists() or form or source.startswith((".", "/", "~")):
        found = "a file of another form" if path.exists() else "no such file"
        raise UserError(f"{source}: expected {KNOWN}; found {found}")
    return dataset_tables(source, writing, split)


def cell_table(path: Path, writing: Writing, split: str | None) -> Table:
    """Return the table of a file of delimited cells; raises UserError where its writing is unclear."""
    encoding = writing.encoding or find_encoding(path)
    try:
        "".encode(encoding)
    except LookupError:
        raise UserError(f"--encoding {encoding}: expected one that Python knows, such as cp1252") from None
    if writing.delimiter and len(DELIMITERS.get(writing.delimiter, writing.delimiter)) != 1:
        raise UserError(f"--delimiter {writing.delimiter}: expected {', '.join(DELIMITERS)} or one character")
    tabs = path.name.lower().removesuffix(".gz").endswith((".tsv", ".tab"))
    likely = ["tab"] if tabs else list(DELIMITERS)
    delimiters = [DELIMITERS.get(name, name) for name in ([writing.delimiter] if writing.delimiter else likely)]
    quotes = [True, False] if writing.quotes else [False]
    dialect = find_dialect(path, encoding, delimiters, quotes, writing.fits)
    _, first = next(read_cells(path, encoding, dialect))
    header = header_of(path, first, writing)

    def read(columns: list[str]) -> Rows:
        places = [header.index(column) for column in columns]
        rows = read_cells(path, encoding, dialect)
        for number, cells in islice(rows, 1, None) if writing.header else rows:
            if len(cells) != len(header):
                raise UserError(
                    f"{path}:{number}: expected {len(header)} cells as in the first row; found {len(cells)}: "
                    f"{' | '.join(cells)[:80]!r}"
                )
            yield number, tuple(cells[place] for place in places)

    said = f"{encoding}, {dialect}, {'a header' if writing.header else 'no header'}"
    return Table(str(path), said, header, read, "line", split=split)


def json_table(path: Path, writing: Writing, split: str | None) -> Table:
    """Return the table of a JSON file, an object a row, in lines or in one list; columns are the first rows' keys."""
    encoding = writing.encoding or find_encoding(path)

    with open_text(path, encoding, errors="replace") as file:
        is_list = file.read(SAMPLE).lstrip("\ufeff").lstrip().startswith("[")

    def objects() -> Iterator[tuple[int, dict]]:
        number = 0
        try:
            with open_text(path, encoding) as file:
                if is_list:  # read whole: nothing says where an object ends
                    yield from enumerate(json.load(file), start=1)
                    return
                for number, line in enumerate(file, start=1):
                    if line.strip():
                        yield number, json.loads(line)
        except UnicodeDecodeError as error:
            raise UserError(f"{path}:{number + 1}: expected {encoding}; found {error.reason}") from None
        except (ValueError, RecursionError) as error:  # of a number too long and of lists too deep
            if is_list:
                raise UserError(f"{path}: expected a list of objects of JSON, [{{…}}, …]; found {error}") from None
            raise UserError(
                f"{path}:{number}: expected an object of JSON, {{…}}, a line; found {line.strip()[:60]!r}"
            ) from None

    columns = {}
    for number, row in islice(objects(), SAMPLE_ROWS):
        if not isinstance(row, dict):
            raise UserError(f"{path}:{number}: expected an object of JSON, {{…}}, a row; found {str(row)[:60]!r}")
        columns |= dict.fromkeys(row)

    def read(columns: list[str]) -> Rows:
        for number, row in objects():
            if not isinstance(row, dict):
                raise UserError(f"{path}:{number}: expected an object of JSON, {{…}}, a row; found {str(row)[:60]!r}")
            yield number, tuple(row.get(column) for column in columns)

    form, unit = ("a list in JSON", "row") if is_list else ("JSON lines", "line")
    return Table(str(path), f"{form}, {encoding}", list(columns), read, unit, split=split)


def parquet_table(path: Path, writing: Writing, split: str | None) -> Table:
    """Return the table of a Parquet file; raises UserError where it is none."""
    import pyarrow as pa

    from emotions.data.parquet import open_parquet

    file = open_parquet(path, seekable(path))
    schema = file.schema_arrow

    def read(columns: list[str]) -> Rows:
        try:
            yield from rows_of(file.iter_batches(BATCH, columns=columns), columns)
        except (pa.ArrowInvalid, OSError) as error:
            raise UserError(f"{path}: expected a whole Parquet file; found a part ({error})") from None

    said = f"Parquet, {file.metadata.num_rows:,} rows"
    return Table(str(path), said, schema.names, read, names=_names_in(str(path), schema), split=split)


def _names_in(name: str, schema: Any) -> dict[str, list[str]]:
    if b"huggingface" not in (schema.metadata or {}):
        return {}
    import datasets

    with reading(name, "label names as datasets notes them in Parquet", "write the table without schema.metadata"):
        return label_names(datasets.Features.from_arrow_schema(schema))


def label_names(features: "datasets.Features") -> dict[str, list[str]]:
    """Return the label names of a dataset's columns that hold label numbers, alone or in lists."""
    names = {}
    for column, feature in features.items():
        inner = getattr(feature, "feature", feature)
        if hasattr(inner, "int2str"):
            names[column] = inner.names
    return names


def excel_table(path: Path, writing: Writing, split: str | None) -> Table:
    """Return the table of a workbook's sheet; raises UserError without its reader, openpyxl, and for several sheets."""
    try:
        import openpyxl
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError:
        raise UserError(f"{path}: its reader is not installed: pip install openpyxl; or save it as CSV") from None
    from zipfile import BadZipFile

    try:
        book = openpyxl.load_workbook(seekable(path), read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError):
        raise UserError(f"{path}: expected a workbook as Excel saves it, .xlsx; found another file") from None
    sheets = book.sheetnames
    if writing.sheet is None and len(sheets) > 1:
        raise UserError(f"{path}: expected one sheet; found {', '.join(sheets)}: --sheet {sheets[0]!r}")
    if writing.sheet is not None and writing.sheet not in sheets:
        raise UserError(f"{path}: --sheet {writing.sheet!r}: expected one of {', '.join(sheets)}")
    sheet = book[writing.sheet or sheets[0]]
    first = next(sheet.iter_rows(values_only=True), ())
    header = header_of(path, first, writing)

    def read(columns: list[str]) -> Rows:
        places = [header.index(column) for column in columns]
        start = 2 if writing.header else 1
        for number, cells in enumerate(sheet.iter_rows(min_row=start, values_only=True), start=start):
            if any(cell is not None for cell in cells):
                yield number, tuple(cells[place] if place < len(cells) else None for place in places)

    return Table(str(path), f"Excel, sheet {sheet.title!r}", header, read, split=split)


def header_of(path: Path, first: Iterable[Any], writing: Writing) -> list[str]:
    """Return the names of columns: the first row's cells without spaces around, or numbers from 1 without a header.

    Columns without a name have the name "". Raises UserError for a name that stands twice.
    """
    if not writing.header:
        return [str(number) for number, _ in enumerate(first, start=1)]
    header = stripped(first)
    for place, column in enumerate(header):
        if column and column in header[:place]:
            raise UserError(f"{path}: expected each column once; found {column!r} again; without a header: --no-header")
    return header


def stripped(header: Iterable[Any]) -> list[str]:
    return ["" if cell is None else str(cell).strip() for cell in header]


def seekable(path: Path) -> Path | IO[bytes]:
    """Return the path, or for one that ends in .gz a temporary file with its content, gone when it is closed."""
    if path.suffix != ".gz":
        return path
    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever reads the table needs it open)
    with open_bytes(path) as compressed:
        shutil.copyfileobj(compressed, file)
    return file


def dataset_tables(source: str, writing: Writing, split: str | None) -> list[Table]:
    """Return a table a split of a dataset: a folder that save_to_disk wrote, another folder, or an id on the hub.

    Raises UserError where there is none, the hub cannot be reached, or a split is neither train, validation nor test.
    """
    import datasets

    saved = Path(source)
    is_saved = any((saved / name).is_file() for name in ("state.json", "dataset_dict.json"))
    with reading(source, KNOWN, f"see that datasets.{'load_from_disk' if is_saved else 'load_dataset'} loads it"):
        found = datasets.load_from_disk(source) if is_saved else datasets.load_dataset(source, writing.config)
    parts = found if isinstance(found, datasets.DatasetDict) else {None: found}
    if split and len(parts) > 1:
        raise UserError(
            f"{source}: expected rows of {split} alone; found the splits {', '.join(parts)}: --input {source}"
        )

    def table(part: str | None, dataset: "datasets.Dataset") -> Table:
        def read(columns: list[str]) -> Rows:
            chosen = dataset.select_columns(columns).with_format("arrow")
            yield from rows_of(chosen.iter(BATCH), columns)

        name = f"{source}, {part}" if part else source
        if part and part not in SPLIT_NAMES:
            raise UserError(f"{name}: expected the splits train, validation and test; found {part!r}")
        said, named = f"dataset, {len(dataset):,} rows", label_names(dataset.features)
        return Table(name, said, dataset.column_names, read, names=named, split=split or SPLIT_NAMES.get(part))

    return [table(part, dataset) for part, dataset in parts.items()]


def rows_of(batches: Iterable[Any], columns: list[str]) -> Rows:
    """Yield the rows of Arrow tables or record batches, numbered from 1, their cells as Python's own types."""
    number = 0
    for batch in batches:
        for cells in zip(*(batch[column].to_pylist() for column in columns), strict=True):
            number += 1
            yield number, cells


FORMS = {
    (".csv", ".txt", ".tsv", ".tab"): cell_table,
    (".jsonl", ".ndjson", ".json"): json_table,
    (".parquet",): parquet_table,
    (".xlsx", ".xlsm"): excel_table,
}
KNOWN = (
    "CSV, TSV, JSON lines (.jsonl), Parquet, each with .gz or without, .xlsx, a dataset's folder or its id on the hub"
)
