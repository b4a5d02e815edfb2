"""A source of labelled comments: three files, TSV as GoEmotions has it or JSONL, with a list of label names."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from emotions.artifacts import atomic_write, parse_json
from emotions.data.fingerprints import fingerprint
from emotions.data.params import Format
from emotions.errors import UserError
from emotions.label_names import refusal
from emotions.params import refuse_path

RAW = Path("data/raw")
LABELS = Path("data/labels")
SOURCES = Path("data/sources")  # where files come from that are downloaded: NAME.json
ADVICE = "make data brings GoEmotions; data/README.md says how to bring your own"
FILES = {"train": "train", "validation": "dev", "test": "test"}  # split: its file's name, as GoEmotions calls it
KEYS = {"id", "text", "labels"}  # of a row in JSONL
BOM = "\ufeff"  # what some programs put before a file's text
SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which JSON can escape and UTF-8 cannot hold
CONTROL = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")  # what a terminal obeys; not what ends lines or tabs
UNSEEN = {"Cc", "Cf", "Cs", "Mn", "Me", "Zs", "Zl", "Zp"}  # categories of characters that show nothing by themselves
FILLERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and a symbol that are blank


@dataclass(frozen=True)
class Row:
    text: str
    labels: tuple[int, ...]
    id: str


def read_label_names(path: Path) -> list[str]:
    """Return the label names of a text file, one a line; the line's position, counted from 0, is the label's id.

    Raises UserError for a missing file, bad UTF-8, a repeated name and one that `refusal` refuses.
    """
    if not path.is_file():
        raise UserError(f"{path}: expected a file with one label name a line, in the order of the ids; found none")
    text = path.read_bytes()
    try:
        lines = text.decode("utf-8").removeprefix(BOM).removesuffix("\n").split("\n") if text else []
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: expected UTF-8; found byte {text[error.start]:#04x}") from None
    names = [line.removesuffix("\r") for line in lines]
    for number, name in enumerate(names, start=1):
        if wrong := refusal(name):
            raise UserError(f"{path}:{number}: {wrong}")
        if name in names[: number - 1]:
            raise UserError(f"{path}:{number}: expected each label name once; found {name!r} again")
    if not names:
        raise UserError(f"{path}: expected one label name a line; found an empty file")
    return names


def source_files(source: str, format: Format) -> dict[str, Path]:
    """Return the path of each split's rows, whether it is there or not."""
    return {split: RAW / source / f"{file}.{format}" for split, file in FILES.items()}


def format_here(source: str) -> Format:
    """Return the format that a source has; raises UserError where it has none or both."""
    here = [format for format in get_args(Format) if source_files(source, format)["train"].is_file()]
    if len(here) != 1:
        found = " and ".join(f"train.{format}" for format in here) or "neither"
        raise UserError(f"{RAW / source}: expected train.tsv or train.jsonl; found {found}; {ADVICE}")
    return here[0]


def read_rows(path: Path, names: list[str]) -> Iterator[Row]:
    """Yield the rows of one file, one a line; its name ends in .tsv or .jsonl.

    TSV: text, label ids joined by commas, comment id; no header, no quoting. JSONL: an object of `id`, `text` and
    `labels`, a list of names. A row may have no label. Lines end at a line feed alone (a carriage return before it
    is dropped), so that no character inside a comment can break a row. Raises UserError, with file and line, for a
    missing file, bad UTF-8, a line of another form, an unknown or repeated label, and as `refuse_unsound` does.
    """
    if not path.is_file():
        raise UserError(f"{path}: expected a line a row: text, labels, id; found no file; {ADVICE}")
    row_of = {".tsv": _tsv_row, ".jsonl": _jsonl_row}[path.suffix]
    ids = {name: number for number, name in enumerate(names)}
    number = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            text = _decoded(f"{path}:{number}", line)
            yield row_of(f"{path}:{number}", text.removeprefix(BOM) if number == 1 else text, ids)
    if not number:
        raise UserError(f"{path}: expected at least one row; found an empty file")


def count_lines(path: Path) -> int:
    """Return how many rows a file will have, 0 where it is missing, without holding it in memory."""
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _decoded(place: str, line: bytes) -> str:
    try:
        return line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{place}: expected UTF-8; found byte {line[error.start]:#04x} at {error.start}") from None


def _tsv_row(place: str, line: str, label_ids: dict[str, int]) -> Row:
    cells = line.split("\t")
    if len(cells) != 3:
        raise UserError(f"{place}: expected 3 cells between tabs (text, label ids, comment id); found {len(cells)}")
    text, ids, comment_id = cells
    labels, count = ids.split(",") if ids else [], len(label_ids)
    for label in labels:
        if not (label.isascii() and label.isdigit() and len(label) < 10 and int(label) < count):
            raise UserError(f"{place}: expected label ids from 0 to {count - 1} joined by commas; found {ids!r:.60}")
    return _row(place, text, [int(label) for label in labels], comment_id)


def _jsonl_row(place: str, line: str, label_ids: dict[str, int]) -> Row:
    try:
        row = parse_json(line)
    except ValueError:
        raise UserError(f'{place}: expected {{"id": …, "text": …, "labels": […]}}; found {line[:60]!r}') from None
    if not isinstance(row, dict) or row.keys() != KEYS:
        found = ", ".join(row) if isinstance(row, dict) else type(row).__name__
        raise UserError(f"{place}: expected an object of id, text and labels; found {found[:60]!r}")
    for key in ("text", "id"):
        if not isinstance(row[key], str):
            raise UserError(f"{place}: expected {key} as a string; found {row[key]!r}")
    if not isinstance(row["labels"], list):
        raise UserError(f"{place}: expected labels as a list of names; found {row['labels']!r}")
    for label in row["labels"]:
        if not (isinstance(label, str) and label in label_ids):
            raise UserError(f"{place}: expected labels that the list in {LABELS} names; found {label!r}")
    return _row(place, row["text"], [label_ids[label] for label in row["labels"]], row["id"])


def refuse_unsound(place: str, text: str, comment_id: str) -> None:
    """Raise UserError for a text of which nothing shows, an id that is empty or has spaces, and what is no character.

    That is half of one, and what a terminal obeys in place of showing it.
    """
    for kind, value in (("text", text), ("comment id", comment_id)):
        if SURROGATE.search(value):
            raise UserError(f"{place}: expected whole characters; found half of one in the {kind}, \\ud800 to \\udfff")
        if found := CONTROL.search(value):
            raise UserError(f"{place}: expected characters that show; found {found[0]!r} in the {kind}")
    if not any(unicodedata.category(character) not in UNSEEN and character not in FILLERS for character in text):
        raise UserError(f"{place}: expected a text; found none")
    if comment_id.split() != [comment_id]:
        raise UserError(f"{place}: expected a comment id without spaces; found {comment_id!r:.60}")


def _row(place: str, text: str, labels: list[int], comment_id: str) -> Row:
    refuse_unsound(place, text, comment_id)
    for position, label in enumerate(labels):
        if label in labels[:position]:
            raise UserError(f"{place}: expected each label once; found label {label} again")
    return Row(text, tuple(labels), comment_id)


def refuse_repeated_ids(paths: Iterable[Path], names: list[str], suspects: set[int]) -> None:
    """Raise UserError for a comment id that stands twice in any of the files.

    `suspects` are the fingerprints found twice: only ids that have one of them are compared and kept in memory.
    """
    if not suspects:
        return
    places = {}
    for path in paths:
        for number, row in enumerate(read_rows(path, names), start=1):
            if fingerprint(row.id) not in suspects:
                continue
            place = f"{path}:{number}"
            if row.id in places:
                raise UserError(f"{place}: expected an id of its own; found {row.id!r}, also at {places[row.id]}")
            places[row.id] = place


def read_source(source: str) -> tuple[list[str], dict[str, list[Row]]]:
    """Return a source's label names and the rows of its splits; raises UserError where it is not here or not sound."""
    names = read_label_names(LABELS / f"{source}.txt")
    paths = source_files(source, format_here(source))
    return names, {split: list(read_rows(path, names)) for split, path in paths.items()}


def new_source(name: str) -> tuple[Path, Path]:
    """Return where a source to be made stands, its folder and its list of label names.

    Raises UserError for a name that is taken or a path.
    """
    refuse_path(name)
    places = RAW / name, LABELS / f"{name}.txt"
    for place in places:
        if place.exists():
            raise UserError(f"{place} is there already; choose another name, or remove it first")
    return places


def jsonl_of(folder: Path, split: str) -> Path:
    """Return a split's file of a source in JSONL."""
    return folder / f"{FILES[split]}.jsonl"


def jsonl_line(comment_id: str, text: str, labels: list[str]) -> str:
    """Return a row as a line of JSONL, which `read_rows` reads; `labels` are names."""
    return json.dumps({"id": comment_id, "text": text, "labels": labels}, ensure_ascii=False) + "\n"


def write_label_names(path: Path, names: list[str]) -> None:
    """Write what `read_label_names` reads, whole or not at all."""
    with atomic_write(path) as beside:
        beside.write_text("\n".join(names) + "\n", encoding="utf-8")
