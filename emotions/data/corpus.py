"""A source of labelled comments: three TSV files in GoEmotions' format, with a list of label names."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emotions.data.fingerprints import fingerprint
from emotions.errors import UserError

RAW = Path("data/raw")
LABELS = Path("data/labels")
FILES = {"train": "train.tsv", "validation": "dev.tsv", "test": "test.tsv"}  # split: GoEmotions' file name


@dataclass(frozen=True)
class Row:
    text: str
    labels: tuple[int, ...]
    id: str


def read_label_names(path: Path) -> list[str]:
    """Return the label names of a text file, one a line; the line's position, counted from 0, is the label's id.

    Raises UserError for a missing file, bad UTF-8, an empty or a repeated name.
    """
    if not path.is_file():
        raise UserError(f"{path}: expected a file with one label name a line, in the order of the ids; found none")
    try:
        names = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: expected UTF-8; found byte {error.object[error.start]:#04x}") from None
    for number, name in enumerate(names, start=1):
        if not name.strip() or name != name.strip():
            raise UserError(f"{path}:{number}: expected a label name without spaces around it; found {name!r}")
        if name in names[: number - 1]:
            raise UserError(f"{path}:{number}: expected each label name once; found {name!r} again")
    if not names:
        raise UserError(f"{path}: expected one label name a line; found an empty file")
    return names


def read_rows(path: Path, label_count: int) -> Iterator[Row]:
    """Yield the rows of one TSV: text, label ids joined by commas, comment id; no header, no quoting.

    Lines end at a line feed alone (a carriage return before it is dropped), so that no character inside a
    comment can break a row. Raises UserError, with file and line, for a missing file, bad UTF-8, a wrong
    number of cells, an empty text, an id that is empty or has spaces, an unknown or repeated label id.
    """
    if not path.is_file():
        raise UserError(f"{path}: expected a TSV file (text, label ids, comment id); found none; see data/README.md")
    number = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            yield _row(f"{path}:{number}", line.removesuffix(b"\n"), label_count)
    if not number:
        raise UserError(f"{path}: expected at least one row; found an empty file")


def count_lines(path: Path) -> int:
    """Return how many rows a TSV will have, 0 where it is missing, without holding it in memory."""
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _row(place: str, line: bytes, label_count: int) -> Row:
    try:
        cells = line.removesuffix(b"\r").decode("utf-8").split("\t")
    except UnicodeDecodeError as error:
        raise UserError(f"{place}: expected UTF-8; found byte {line[error.start]:#04x} at {error.start}") from None
    if len(cells) != 3:
        raise UserError(f"{place}: expected 3 cells between tabs (text, label ids, comment id); found {len(cells)}")
    text, ids, comment_id = cells
    if not text.strip():
        raise UserError(f"{place}: expected a text in the first cell; found none")
    if comment_id.split() != [comment_id]:
        raise UserError(f"{place}: expected a comment id without spaces in the third cell; found {comment_id!r}")
    labels = []
    for label in ids.split(","):
        if not (label.isascii() and label.isdigit() and int(label) < label_count):
            raise UserError(f"{place}: expected label ids from 0 to {label_count - 1} joined by commas; found {ids!r}")
        if int(label) in labels:
            raise UserError(f"{place}: expected each label id once; found {label} again")
        labels.append(int(label))
    return Row(text, tuple(labels), comment_id)


def refuse_repeated_ids(source: str, label_count: int, suspects: set[int]) -> None:
    """Raise UserError for a comment id that stands twice in any of the source's files.

    `suspects` are the fingerprints found twice: only ids that have one of them are compared and kept in memory.
    """
    if not suspects:
        return
    places = {}
    for file in FILES.values():
        for number, row in enumerate(read_rows(RAW / source / file, label_count), start=1):
            if fingerprint(row.id) not in suspects:
                continue
            place = f"{RAW / source / file}:{number}"
            if row.id in places:
                raise UserError(f"{place}: expected an id of its own; found {row.id!r}, also at {places[row.id]}")
            places[row.id] = place


def read_source(source: str) -> tuple[list[str], dict[str, list[Row]]]:
    """Return a source's label names and the rows of its splits; raises UserError where it is not here or not sound."""
    names = read_label_names(LABELS / f"{source}.txt")
    return names, {split: list(read_rows(RAW / source / file, len(names))) for split, file in FILES.items()}
