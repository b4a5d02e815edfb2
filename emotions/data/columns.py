"""Which columns of somebody's tables hold the text, the labels, the id and the split."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from emotions.artifacts import read_json
from emotions.data.corpus import read_label_names
from emotions.data.labelling import Labelling, flags, is_empty, is_flag, one_column, shown
from emotions.data.tables import Table, Writing, columns_of, open_tables
from emotions.errors import UserError
from emotions.label_names import refusal

SAMPLE_ROWS = 1_000  # from which the kind of labels is guessed
TEXT_NAMES = (
    "text",
    "comment",
    "comment_text",
    "sentence",
    "content",
    "message",
    "tweet",
    "review",
    "query",
    "question",
)
LABEL_NAMES = (
    "labels",
    "label",
    "tags",
    "tag",
    "categories",
    "category",
    "class",
    "intent",
    "emotions",
    "emotion",
    "genres",
    "genre",
    "topics",
    "topic",
)


@dataclass(frozen=True)
class Asked:
    """What a person says of their tables, None where it is to be found out; `python -m emotions add --help` has words.

    `id`, `split` and `separator` may be "none": there is no such column, a cell is one label whatever it holds.
    """

    inputs: list[str]
    validation: list[str] = field(default_factory=list)
    test: list[str] = field(default_factory=list)
    text: str | None = None
    labels: str | None = None
    separator: str | None = None
    label_names: Path | None = None
    id: str | None = None
    split: str | None = None
    sheet: str | None = None
    config: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quotes: bool = True
    header: bool = True


@dataclass(frozen=True)
class Plan:
    """How the rows of tables are read: the columns of text, the labels, the columns of id and split, if there are any.

    `order` are the label names in an order of their own, None where they are to be sorted.
    """

    tables: list[Table]
    text: list[str]
    labelling: Labelling
    order: list[str] | None
    id: str | None
    split: str | None

    @property
    def columns(self) -> list[str]:
        return [*self.text, *self.labelling.columns, *(column for column in (self.id, self.split) if column)]

    def described(self) -> str:
        """Return in lines what was understood, with the first row as an example."""
        lines = [
            f"{table.name}: {table.form}{f'; all of it {table.split}' if table.split else ''}" for table in self.tables
        ]
        lines.append(f"  text    column {' and '.join(self.text)}")
        lines.append(f"  labels  {self.labelling.said}")
        lines.append(f"  ids     {f'column {self.id}' if self.id else 'rows are numbered'}")
        if self.split:
            lines.append(f"  split   column {self.split}")
        first = self.tables[0]
        for number, cells in islice(first.read([*self.text, *self.labelling.columns]), 1):
            with placed(first, number):
                names = self.labelling.of(cells[len(self.text) :])
                text = " ".join(" ".join(map(shown, cells[: len(self.text)])).split())
            lines.append(f"  first   {text[:60]!r}: {', '.join(names) or 'no label'}")
        return "\n".join(lines)


@contextmanager
def placed(table: Table, number: int) -> Iterator[None]:
    """Turn a ValueError about a row's cells into a UserError that says where the row is."""
    try:
        yield
    except ValueError as error:
        raise UserError(f"{table.place(number)}: {error}") from None


def plan(asked: Asked) -> Plan:
    """Return how the rows are to be read, from what is asked and what the first table looks like.

    Raises UserError for an input that is not there, a column that is not there and what cannot be told.
    """
    named = [option for option in (asked.text, asked.labels, asked.id, asked.split) if option not in (None, "none")]
    writing = Writing(asked.encoding, asked.delimiter, asked.quotes, asked.header, asked.sheet, asked.config, named)
    given = [(None, asked.inputs), ("validation", asked.validation), ("test", asked.test)]
    tables = [table for split, sources in given for source in sources for table in open_tables(source, writing, split)]

    first = tables[0]
    text = _columns("--text", asked.text, TEXT_NAMES, first.columns)
    id_column = _column("--id", asked.id, "id", first.columns)
    split_column = _column("--split", asked.split, "split", first.columns)
    # pandas writes its index under no name
    rest = [column for column in first.columns if column and column not in (*text, id_column, split_column)]
    labelling, order = _labelling(first, rest, asked)
    found = Plan(tables, text, labelling, order, id_column, split_column)
    for table in tables:
        missing = [column for column in found.columns if column not in table.columns]
        if missing:
            raise UserError(f"{table.name}: expected the columns of {first.name}; found no {', '.join(missing)}")
    return found


def _columns(option: str, asked: str | None, likely: tuple[str, ...], columns: list[str]) -> list[str]:
    """Return the columns that an option names or, without it, the first one of a likely name."""
    by_name = {column.lower(): column for column in columns}
    named = columns_of(asked, columns) if asked else [by_name[name] for name in likely if name in by_name][:1]
    if not named:
        found = f"{option} {asked}" if asked else f"none with a name such as {likely[0]}"
        raise UserError(f"expected {option} to name one of the columns {', '.join(columns)}; found {found}")
    return named


def _column(option: str, asked: str | None, usual: str, columns: list[str]) -> str | None:
    """Return the column that an option names or, without it, the one of the usual name; None where there is none."""
    if asked is None:
        return next((column for column in columns if column.lower() == usual), None)
    return None if asked == "none" else _columns(option, asked, (), columns)[0]


def _names(path: Path) -> list[str]:
    """Return the names of a file: a JSON list where its name ends in .json, else a name a line."""
    if path.suffix != ".json":
        return read_label_names(path)
    expected, mend = "a JSON list of label names", 'write them as ["joy", "anger"]'
    names = read_json(path, expected, mend)
    if not isinstance(names, list) or not names:
        raise UserError(f"{path}: expected {expected}; found {names!r:.60}: {mend}")
    return _checked(str(path), names)


def _checked(place: str, names: list) -> list[str]:
    """Return label names; raises UserError, with their place, where one is refused or stands twice."""
    for position, name in enumerate(names):
        if wrong := refusal(name):
            raise UserError(f"{place}: {wrong}")
        if name in names[:position]:
            raise UserError(f"{place}: expected each label name once; found {name!r:.60} again")
    return names


def spelled(chosen: list[str], columns: list[str]) -> str:
    """Return columns as --labels names them: first..last where they stand side by side, else each."""
    start = columns.index(chosen[0])
    side_by_side = columns[start : start + len(chosen)] == chosen
    return f"{chosen[0]}..{chosen[-1]}" if side_by_side else ",".join(chosen)


def _flags(table: Table, columns: list[str]) -> tuple[Labelling, list[str]]:
    return flags(_checked(f"{table.name}, names of columns that are labels", columns)), columns


def _labelling(table: Table, rest: list[str], asked: Asked) -> tuple[Labelling, list[str] | None]:
    sample = [cells for _, cells in islice(table.read(rest), SAMPLE_ROWS)]
    if not sample:
        raise UserError(f"{table.name}: expected rows; found none")
    # a cell may be missing; reading will name the line
    are_flags = [
        any(map(is_flag, cells)) and all(is_flag(cell) or is_empty(cell) for cell in cells)
        for cells in zip(*sample, strict=True)
    ]
    likely = {column.lower() for column in rest} & set(LABEL_NAMES)
    on_or_off = [column for column, is_one in zip(rest, are_flags, strict=True) if is_one]
    if asked.labels is None and not likely and len(on_or_off) > 1:
        if on_or_off == rest:
            return _flags(table, rest)
        raise UserError(
            f"{table.name}: expected --labels to say which columns are labels; found columns of 0 and 1 beside others; "
            f"if they are the labels: --labels '{spelled(on_or_off, table.columns)}'"
        )
    columns = _columns("--labels", asked.labels, LABEL_NAMES, rest)
    if len(columns) > 1:
        return _flags(table, columns)
    if asked.label_names:
        numbered = _names(asked.label_names)
    else:
        numbered = _checked(f"{table.name}, names of column {columns[0]}", table.names.get(columns[0], [])) or None
    cells = [cells[rest.index(columns[0])] for cells in sample]
    return one_column(columns[0], cells, asked.separator, numbered), numbered
