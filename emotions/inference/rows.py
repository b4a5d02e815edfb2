"""Texts of a file of any size, read row by row; a row that cannot be read says why, and reading goes on."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from emotions.data.compressed import open_text
from emotions.errors import UserError

FORMS = ("txt", "csv", "tsv", "jsonl", "parquet")
KNOWN = ".txt, .csv, .tsv, .jsonl, each with .gz or without, or .parquet"
QUOTING = "expected cells in double quotes, quotes inside them doubled"
OBJECT = "expected an object of JSON, {…}, a line"
BATCH = 2048  # rows of Parquet in memory at a time
LONGEST_CELL = 1 << 17  # characters; a longer cell is a quote that nobody closed


@dataclass(frozen=True)
class Row:
    """A row, counted from 1: its text and the cells that are kept beside it, or the error that left it without."""

    number: int
    text: str | None
    kept: tuple = ()
    error: str | None = None


@dataclass(frozen=True)
class Columns:
    """Which column holds the texts and which are kept; of a file without a header a number, counted from 1."""

    text: str | None
    keep: tuple[str, ...] = ()

    @property
    def numbered(self) -> bool:
        return (self.text or "").isdecimal()

    def places(self, path: Path, header: list[str]) -> list[int]:
        """Return where the text and the kept cells stand in a row; raises UserError for a column that is not there."""
        places = []
        for name in (self.text, *self.keep):
            if name not in header:
                raise UserError(f"{path}: expected a column {name!r}; found {', '.join(header)}")
            places.append(header.index(name))
        return places


def form_of(path: Path) -> str:
    """Return which of FORMS a file's name says it has; raises UserError for another."""
    form = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    if form not in FORMS or path.name.lower().endswith(".parquet.gz"):
        raise UserError(f"{path}: expected {KNOWN}; found another name")
    return form


def read_rows(path: Path, columns: Columns) -> Iterator[Row]:
    """Yield the rows of a file, in order, those without a text that can be read too.

    Text files are UTF-8; CSV has double quotes around cells where needed, TSV has none. Empty lines are passed over,
    but in .txt, where each line is a row. Raises UserError where the file itself cannot be read.
    """
    if not path.is_file():
        raise UserError(f"{path}: expected a file of texts; found no such file")
    form = form_of(path)
    if form == "txt" and columns.text is not None:
        raise UserError(f"{path}: each line of a .txt is a text; leave --text-column out, or give a .csv")
    if form != "txt" and columns.text is None:
        raise UserError(f"{path}: --text-column NAME: expected the column that holds the texts")
    readers: dict[str, Callable] = {"txt": _lines, "csv": _cells, "tsv": _cells, "jsonl": _objects, "parquet": _parquet}
    for number, (place, text, kept, error) in enumerate(readers[form](path, columns), start=1):
        error = error or problem(text) or next((said for cell in kept if (said := _undecoded(cell))), None)
        yield Row(number, None, (None,) * len(columns.keep), f"{place}: {error}") if error else Row(number, text, kept)


def problem(text: object) -> str | None:
    """Return what keeps a cell from being read as a text, None where nothing does."""
    if not isinstance(text, str):
        return f"expected a text; found {'nothing' if text is None else type(text).__name__}"
    if not text.strip():
        return "expected a text; found an empty one"
    return _undecoded(text)


def _undecoded(cell: object) -> str | None:
    if isinstance(cell, str):
        try:
            cell.encode()
        except UnicodeEncodeError as error:
            code = ord(cell[error.start])
            found = f"byte {code - 0xDC00:#04x}" if 0xDC80 <= code <= 0xDCFF else "half a character"
            return f"expected UTF-8; found {found}"
    return None


Cell = tuple[str, object, tuple, str | None]  # where a row stands, its text, what is kept of it, what is wrong with it


def _lines(path: Path, columns: Columns) -> Iterator[Cell]:
    if columns.keep:
        raise UserError(f"{path}: --keep: a .txt has no columns")
    with open_text(path, "utf-8-sig", errors="surrogateescape") as file:
        for number, line in enumerate(file, start=1):
            yield f"{path}:{number}", line.rstrip("\r\n"), (), None


def _cells(path: Path, columns: Columns) -> Iterator[Cell]:
    options = {"delimiter": "\t", "quoting": csv.QUOTE_NONE} if form_of(path) == "tsv" else {"strict": True}
    csv.field_size_limit(LONGEST_CELL)
    with open_text(path, "utf-8-sig", errors="surrogateescape") as file:
        reader = csv.reader(file, **options)
        try:
            first = next(reader, None)
        except csv.Error as broken:
            raise UserError(
                f"{path}:1: expected the names of columns; found quotes that break them ({broken})"
            ) from None
        if first is None:
            raise UserError(f"{path}: expected rows; found an empty file")
        names = [str(number) for number, _ in enumerate(first, start=1)] if columns.numbered else first
        places = columns.places(path, names)
        begun = 0 if columns.numbered else reader.line_num
        rows = chain([first], reader) if columns.numbered else reader
        while True:
            cells, error = [], None
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as broken:
                error = f"{QUOTING}; found a row that breaks this ({broken})"
            place = f"{path}:{begun + 1}" + (f" to {reader.line_num}" if reader.line_num > begun + 1 else "")
            begun = reader.line_num
            if error is None and not cells:
                continue
            if error is None and len(cells) != len(names):
                error = f"expected {len(names)} cells as in the first row; found {len(cells)}"
            if error:
                yield place, None, (), error
            else:
                text, *kept = (cells[index] for index in places)
                yield place, text, tuple(kept), None


def _objects(path: Path, columns: Columns) -> Iterator[Cell]:
    with open_text(path, "utf-8-sig", errors="surrogateescape") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as broken:
                yield f"{path}:{number}", None, (), f"{OBJECT}; found none ({broken})"
                continue
            if not isinstance(row, dict):
                yield f"{path}:{number}", None, (), f"{OBJECT}; found {type(row).__name__}"
                continue
            missing = [name for name in (columns.text, *columns.keep) if name not in row]
            if missing:
                yield f"{path}:{number}", None, (), f"expected a key {missing[0]!r}; found {', '.join(row) or 'none'}"
                continue
            kept = (row[name] for name in columns.keep)
            as_text = tuple(one if isinstance(one, str | None) else json.dumps(one, ensure_ascii=False) for one in kept)
            yield f"{path}:{number}", row[columns.text], as_text, None


def _open_parquet(path: Path) -> Any:
    try:
        from emotions.data.parquet import open_parquet
    except ModuleNotFoundError:
        raise UserError(f"{path}: package pyarrow is not installed: pip install pyarrow") from None
    return open_parquet(path, path)


def kept_types(path: Path, columns: Columns) -> dict[str, Any]:
    """Return the types of the kept columns of a Parquet file, PyArrow's, by their names."""
    schema = _open_parquet(path).schema_arrow
    columns.places(path, schema.names)
    return {name: schema.field(name).type for name in columns.keep}


def _parquet(path: Path, columns: Columns) -> Iterator[Cell]:
    file = _open_parquet(path)
    columns.places(path, file.schema_arrow.names)
    names = list(dict.fromkeys([columns.text, *columns.keep]))
    number = 0
    try:
        for batch in file.iter_batches(BATCH, columns=names):
            cells = {name: batch[name].to_pylist() for name in names}
            for at in range(len(batch)):
                number += 1
                kept = tuple(cells[name][at] for name in columns.keep)
                yield f"{path}, row {number}", cells[columns.text][at], kept, None
    except (ValueError, OSError) as error:  # PyArrow's own error of a broken file is a ValueError
        raise UserError(f"{path}, row {number + 1}: expected a whole Parquet file; found a part ({error})") from None
