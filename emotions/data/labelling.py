"""Which labels a row of a table carries, as its columns say it."""

import ast
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ON = {"1", "1.0", "true"}
OFF = {"0", "0.0", "false"}
LIKELY_SEPARATORS = ";|,"
NOT_PRINTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True)
class Labelling:
    """How labels stand in columns: `of(cells)` returns the names, and raises ValueError, in words, for unclear cells.

    `one` says that each cell is one label, `said` all of it in words.
    """

    columns: list[str]
    of: Callable[[tuple], list[str]]
    said: str
    one: bool = False


def shown(cell: Any) -> str:
    """Return a cell as text, without the `.0` of a whole number, "" for an empty one."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def is_flag(cell: Any) -> bool:
    return shown(cell).strip().lower() in ON | OFF


def flags(columns: list[str]) -> Labelling:
    """Return the labelling by columns of 0 and 1, or of true and false, whose names are the labels."""

    def of(cells: tuple) -> list[str]:
        names = []
        for column, cell in zip(columns, cells, strict=True):
            said = shown(cell).strip().lower()
            if said in ON:
                names.append(column)
            elif said not in OFF:
                raise ValueError(f"expected 0 or 1 in column {column}; found {said!r}")
        return names

    listed = ", ".join(columns if len(columns) < 7 else [*columns[:3], "…", columns[-1]])
    return Labelling(columns, of, f"columns of 0 and 1: {listed} ({len(columns)})")


def one_column(column: str, sample: list[Any], separator: str | None, numbered: list[str] | None) -> Labelling:
    """Return the labelling by one column of names: in lists, between separators, or one a cell.

    `sample` are its first cells. `separator` "none" says that a cell is one label whatever it holds. `numbered` are
    the names of labels that stand as numbers from 0.
    """
    name_of = numbered_name(numbered) if numbered else checked_name
    filled = [cell for cell in sample if not _empty(cell)]
    if separator not in (None, "none"):

        def of(cells: tuple) -> list[str]:
            parts = [part.strip() for part in shown(cells[0]).split(separator)]
            return _once(name_of(part) for part in parts if part)

        return Labelling([column], of, f"names in column {column}, {separator!r} between them")
    if separator is None and filled and all(_listed(cell) for cell in filled):

        def of(cells: tuple) -> list[str]:
            return _once(name_of(shown(part).strip()) for part in _parts(cells[0]))

        return Labelling([column], of, f"lists of names in column {column}")

    def of(cells: tuple) -> list[str]:
        name = shown(cells[0]).strip()
        if not name:
            return []
        found = next((sign for sign in LIKELY_SEPARATORS if sign in name), None) if separator is None else None
        if found:
            raise ValueError(
                f"expected one label or several, clearly; found {name[:60]!r} in column {column}: "
                f"--separator '{found}' for several, --separator none for one"
            )
        return [name_of(name)]

    return Labelling([column], of, f"one a row, in column {column}", one=True)


def _empty(cell: Any) -> bool:
    return not isinstance(cell, list) and not shown(cell).strip()


def _listed(cell: Any) -> bool:
    return isinstance(cell, list) or (shown(cell).strip().startswith("[") and shown(cell).strip().endswith("]"))


def _parts(cell: Any) -> list:
    """Return the parts of a list, of one written in JSON, or of one as Python writes it; none of an empty cell."""
    if isinstance(cell, list):
        return cell
    if _empty(cell):
        return []
    for read in (json.loads, ast.literal_eval):
        try:
            parts = read(cell)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
        if isinstance(parts, list):
            return parts
    raise ValueError(f'expected a list of label names, as ["a", "b"]; found {shown(cell)[:60]!r}')


def _once(names: Any) -> list[str]:
    return list(dict.fromkeys(names))


def checked_name(name: str) -> str:
    """Return a label's name; raises ValueError for an empty one and for characters that no line of text can hold."""
    if not name or NOT_PRINTED.search(name):
        raise ValueError(f"expected a label name of one line that can be printed; found {name[:60]!r}")
    return name


def numbered_name(names: list[str]) -> Callable[[str], str]:
    """Return a function from a label's number, counted from 0, to its name; it raises ValueError for another one."""
    by_number = {str(number): name for number, name in enumerate(names)}

    def name_of(number: str) -> str:
        if number not in by_number:
            raise ValueError(f"expected a label number from 0 to {len(names) - 1}; found {number[:60]!r}")
        return by_number[number]

    return name_of
