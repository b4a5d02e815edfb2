"""Which labels a row of a table carries, as its columns say it."""

import ast
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from emotions.label_names import refusal

ON = {"1", "1.0", "true", "yes"}
OFF = {"0", "0.0", "false", "no"}
LIKELY_SEPARATORS = ";|,"
NUMPY_PART = re.compile(r"""'([^']*)'|"([^"]*)"|(\d+)""")
NUMPY_LIST = re.compile(rf"""\s*\[\s*(?:{NUMPY_PART.pattern})(?:\s+(?:{NUMPY_PART.pattern}))+\s*\]\s*""")
TAGS = re.compile(r"(?:<[^<>]+>)+")  # as Stack Exchange writes them


@dataclass(frozen=True)
class Labelling:
    """How labels stand in columns: `of(cells)` returns the names, and raises ValueError, in words, for unclear cells.

    `one` says that each cell is one label, `told` that cells of a row without a label would say so: an empty one is of
    a row that nobody has labelled. `said` has all of it in words.
    """

    columns: list[str]
    of: Callable[[tuple], list[str]]
    said: str
    one: bool = False
    told: bool = True


def shown(cell: Any) -> str:
    """Return a cell as text, without the `.0` of a whole number, "" for an empty one.

    Raises ValueError for a cell that holds others, a list or an object of JSON.
    """
    if isinstance(cell, list | dict):
        raise ValueError(f"expected one text, name or number in a cell; found {str(cell)[:60]!r}")
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def is_flag(cell: Any) -> bool:
    return not isinstance(cell, list | dict) and shown(cell).strip().lower() in ON | OFF


def flags(columns: list[str]) -> Labelling:
    """Return the labelling by columns of 0 and 1, true and false or yes and no, whose names are the labels."""

    def of(cells: tuple) -> list[str]:
        if all(map(is_empty, cells)):
            return []
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
    the names of labels that stand as numbers, from 0 or from 1.
    """
    filled, one = [cell for cell in sample if not is_empty(cell)], False
    if separator not in (None, "none"):
        parts, said = partial(_between, separator), f"names in column {column}, {separator!r} between them"
    elif separator is None and filled and all(_listed(cell) for cell in filled):
        parts, said = _parts, f"lists of names in column {column}"
    else:
        parts, said, one = partial(_alone, column, separator is None), f"one a row, in column {column}", True
    name_of = checked_name
    if numbered:
        first = first_number(len(numbered), _read(filled, parts))
        name_of, said = numbered_name(numbered, first), f"{said}; numbers from {first}"

    def of(cells: tuple) -> list[str]:
        return list(dict.fromkeys(name_of(shown(part).strip()) for part in parts(cells[0])))

    return Labelling([column], of, said, one)


def _read(cells: list[Any], parts: Callable[[Any], list]) -> Iterator[str]:
    """Yield the labels of cells but for those that cannot be read: they are refused where their line is known."""
    for cell in cells:
        with suppress(ValueError):
            yield from [shown(part).strip() for part in parts(cell)]


def _between(separator: str, cell: Any) -> list[str]:
    return [part for part in shown(cell).split(separator) if part.strip()]


def _alone(column: str, refuse_several: bool, cell: Any) -> list[str]:
    """Return a cell's label, none of an empty one; raises ValueError, asked to, where it may be several."""
    name = shown(cell).strip()
    found = next((sign for sign in LIKELY_SEPARATORS if sign in name), None) if refuse_several else None
    if found:
        raise ValueError(
            f"expected one label or several, clearly; found {name[:60]!r} in column {column}: "
            f"--separator '{found}' for several, --separator none for one"
        )
    return [name] if name else []


def is_empty(cell: Any) -> bool:
    return not isinstance(cell, list | dict) and not shown(cell).strip()


def _listed(cell: Any) -> bool:
    if isinstance(cell, list | dict):
        return isinstance(cell, list)
    said = shown(cell).strip()
    return bool((said.startswith("[") and said.endswith("]")) or TAGS.fullmatch(said))


def _parts(cell: Any) -> list:
    """Return the parts of a list, of one in JSON, as Python or NumPy write it or as `<a><b>`; none of an empty cell."""
    if isinstance(cell, list):
        return cell
    if is_empty(cell):
        return []
    if TAGS.fullmatch(shown(cell).strip()):
        return shown(cell).strip()[1:-1].split("><")
    if NUMPY_LIST.fullmatch(shown(cell)):  # Python would read 'a' 'b' as one word
        return [next(filter(None, quoted), "") for quoted in NUMPY_PART.findall(shown(cell))]
    for read in (json.loads, ast.literal_eval):
        try:
            parts = read(cell)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
        if isinstance(parts, list):
            return parts
    raise ValueError(f'expected a list of label names, as ["a", "b"]; found {shown(cell)[:60]!r}')


def checked_name(name: str) -> str:
    """Return a label's name; raises ValueError for what `refusal` refuses."""
    if wrong := refusal(name):
        raise ValueError(wrong)
    return name


def first_number(count: int, said: Iterable[str]) -> int:
    """Return the number of the first of so many labels: 1 where the last's number can be no other, else 0."""
    numbers = set(said)
    return int(bool(numbers & {str(count), f"{count}.0"}) and not numbers & {"0", "0.0"})


def numbered_name(names: list[str], first: int) -> Callable[[str], str]:
    """Return a function from a label's number, counted from `first`, to its name; it raises ValueError for another."""
    by_number = {str(number): name for number, name in enumerate(names, start=first)}

    def name_of(number: str) -> str:
        number = number.removesuffix(".0")  # pandas writes whole numbers so where others of the column are missing
        if number not in by_number:
            raise ValueError(f"expected a label number from {first} to {len(names) - 1 + first}; found {number[:60]!r}")
        return by_number[number]

    return name_of
