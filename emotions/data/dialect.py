"""How a text file is written: its encoding, and the delimiter and quoting of its cells."""

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from charset_normalizer import from_bytes

from emotions.data.compressed import open_bytes, open_text
from emotions.errors import UserError

CHUNK = 1 << 20
SAMPLE = 1 << 18  # bytes of lines that are not ASCII, from which an encoding is guessed
SAMPLE_ROWS = 1_000  # from which a dialect is guessed
CELL_LIMIT = 10 << 20  # characters; a longer cell is a quote that nobody closed
READINGS = 3  # shown where an encoding is unclear
MARKS = {  # the longer first: UTF-32's mark begins with UTF-16's
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


@dataclass(frozen=True)
class Dialect:
    """What stands between cells, and whether a cell in double quotes may hold it, a quote inside being doubled."""

    delimiter: str
    quoted: bool

    def __str__(self) -> str:
        named = next((name for name, sign in DELIMITERS.items() if sign == self.delimiter), repr(self.delimiter))
        return f"a {named} between cells, {'quotes around' if self.quoted else 'quotes are text'}"


def find_encoding(path: Path) -> str:
    """Return a text file's encoding: what its byte order mark says, UTF-8 where all of it is that, or a guess.

    The guess is charset-normalizer's. Raises UserError, with the line, where lines read differently in the several
    encodings that it holds possible, or where it finds none.
    """
    with open_bytes(path) as file:
        start = file.read(4)
    for mark, encoding in MARKS.items():
        if start.startswith(mark):
            return encoding
    # UTF-16 of English without a mark would be UTF-8 too, with a NUL beside each letter
    return "utf-8" if b"\0" not in start and _is_utf8(path) else _guessed(path)


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with open_bytes(path) as file:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _guessed(path: Path) -> str:
    sample, size = {}, 0  # lines that are not ASCII, by their number
    with open_bytes(path) as file:
        for number, line in enumerate(file, start=1):
            if not line.isascii() or b"\0" in line:
                sample[number] = line
                size += len(line)
            if size > SAMPLE:
                break
    readings = {}  # what the sample reads: in which encoding, cp1252 if that is one of them, for Excel writes it
    for match in from_bytes(b"".join(sample.values())):
        names = [match.encoding, *match.could_be_from_charset]
        readings.setdefault(str(match), "cp1252" if "cp1252" in names else match.encoding)
    if len(readings) == 1:
        return next(iter(readings.values()))
    if not readings:
        place = f"{path}:{next(iter(sample))}"
        raise UserError(f"{place}: expected UTF-8; found bytes of no encoding that can be guessed: --encoding NAME")
    for number, line in sample.items():
        read = {encoding: line.decode(encoding, errors="replace").strip()[:60] for encoding in readings.values()}
        if len(set(read.values())) > 1:
            shown = ", ".join(f"{text!r} in {encoding}" for encoding, text in list(read.items())[:READINGS])
            raise UserError(f"{path}:{number}: expected UTF-8; found a line that reads {shown}: --encoding NAME")
    return next(iter(readings.values()))


def read_cells(path: Path, encoding: str, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Yield each row's first line, counted from 1, and its cells; lines without any are passed over.

    Raises UserError, with the line, for bytes of another encoding, for a quote that is not closed, for one that ends
    in the middle of a cell, and for a cell between tabs that joins lines of which each would be a row.
    """
    csv.field_size_limit(CELL_LIMIT)
    quoting = csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE
    lines = []  # of the row being read

    def kept(file: io.TextIOWrapper) -> Iterator[str]:
        for line in file:
            lines.append(line)
            yield line

    number = 1
    try:
        with open_text(path, encoding) as file:
            reader = csv.reader(kept(file), delimiter=dialect.delimiter, quoting=quoting, strict=True)
            for cells in reader:
                if cells:
                    if dialect.delimiter == "\t" and len(lines) > 1 and _are_rows(lines, len(cells)):
                        raise csv.Error("lines that would be rows by themselves")
                    yield number, cells
                number += len(lines)
                lines.clear()
    except csv.Error as error:
        raise UserError(
            f"{path}:{number}: expected cells in double quotes, quotes inside them doubled; found a row that breaks "
            f"this ({error}); where quotes are text: --no-quotes"
        ) from None
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path}:{number}: expected {encoding} from here on; found {error.reason}: --encoding NAME"
        ) from None


def _are_rows(lines: list[str], width: int) -> bool:
    return all(line.count("\t") == width - 1 for line in lines)


def find_dialect(
    path: Path, encoding: str, delimiters: list[str], quotes: list[bool], fits: Callable[[list[str]], bool]
) -> Dialect:
    """Return how the cells of a file are written, of the delimiters and quotings that may be.

    Its first row fits what is wanted of it, and the rows after it, as far as the sample goes, have as many cells, two
    at least. Where rows break that under every dialect, the first row decides alone, and reading will name the line.
    Raises UserError where no dialect is like that or several delimiters are.
    """
    regular, headed = {}, {}  # by delimiter; quotes that may be come first
    for delimiter in delimiters:
        for quoted in quotes:
            dialect = Dialect(delimiter, quoted)
            header, rows_fit = _sample(path, encoding, dialect)
            if len(header) > 1 and fits(header):
                (regular if rows_fit else headed).setdefault(delimiter, dialect)
    found = list((regular or headed).values())
    if len(found) == 1:
        return found[0]
    if found:
        between = ", or ".join(str(dialect) for dialect in found)
        raise UserError(
            f"{path}: expected one way to read it; found {between}: --delimiter comma, semicolon, tab or bar"
        )
    with open_text(path, encoding, errors="replace") as file:
        first = file.readline().strip()[:80]
    raise UserError(
        f"{path}:1: expected the names of at least two columns, those asked for among them; found {first!r}; "
        "to say how it is written: --delimiter, --no-quotes, --no-header"
    )


def _sample(path: Path, encoding: str, dialect: Dialect) -> tuple[list[str], bool]:
    """Return a file's first row and whether those after it, as far as the sample goes, have as many cells."""
    header = []
    try:
        for _, cells in islice(read_cells(path, encoding, dialect), SAMPLE_ROWS):
            header = header or cells
            if len(cells) != len(header):
                return header, False
    except UserError:
        return header, False
    return header, True
