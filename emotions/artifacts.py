"""Files that appear whole or not at all: written beside their place, then renamed."""

import csv
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from emotions.errors import UserError

if TYPE_CHECKING:
    import pandas as pd  # half a second, and a model that is used needs no tables


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a path to write a file or a folder to; on success it takes the place of `path`, on an error it goes.

    What stands at `path` stays until the new is whole. A file is replaced in one step; a folder cannot be, so that a
    kill between its two renames leaves the earlier one beside its place: `recover`, called here first, puts it back.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    recover(path)
    new, old = _beside(path, "new"), _beside(path, "old")
    try:
        yield new
        if new.is_dir() or path.is_dir():
            if path.exists():
                path.rename(old)
            new.rename(path)
        else:
            new.replace(path)
    finally:
        recover(path)


def recover(path: Path) -> None:
    """Put back what a killed `atomic_write` had moved aside, then remove all that it left beside `path`."""
    for old in _left(path, "old"):
        if not path.exists():
            old.rename(path)
    for left in (*_left(path, "old"), *_left(path, "new")):
        _remove(left)


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.{what}")


def _left(path: Path, what: str) -> list[Path]:
    """Return what this process, or one that runs no more, has put beside `path`; nothing where its folder is not."""
    if not path.parent.is_dir():
        return []
    name = re.compile(rf"\.{re.escape(path.name)}\.(\d+)\.{what}")
    found = {one: match for one in path.parent.iterdir() if (match := name.fullmatch(one.name))}
    return [one for one, match in found.items() if (process := int(match[1])) == os.getpid() or not is_running(process)]


def is_running(process: int) -> bool:
    """Return whether a process of that number runs on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_json(path: Path, content: object, digits: int | None = 6) -> None:
    """Write JSON that diffs well: sorted keys, floats rounded to `digits` decimals (None: exact).

    Raises ValueError for NaN and infinity, which no diff can show.
    """
    text = json.dumps(_rounded(content, digits), indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False)
    with atomic_write(path) as beside:
        beside.write_text(text + "\n", encoding="utf-8")


def _rounded(content: object, digits: int | None) -> object:
    if isinstance(content, dict):
        return {key: _rounded(value, digits) for key, value in content.items()}
    if isinstance(content, list):
        return [_rounded(value, digits) for value in content]
    return round(content, digits) if isinstance(content, float) and digits is not None else content


def read_json(path: Path, expected: str, mend: str) -> object:
    """Return what a JSON file holds; raises UserError, in the words `expected` and `mend`, where there is none."""
    if not path.is_file():
        raise UserError(f"{path}: expected {expected}; found no file: {mend}")
    try:
        return parse_json(path.read_bytes())
    except ValueError as error:
        raise UserError(f"{path}: expected {expected}; found what is not JSON ({error}): {mend}") from None


def parse_json(text: str | bytes) -> object:
    """Return what JSON says; raises ValueError for all else, among it NaN, infinity and a key that stands twice."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not a number of JSON")

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(content := dict(pairs)) < len(pairs):
            raise ValueError(f"one of the keys {', '.join(content)} stands twice")
        return content

    try:
        return json.loads(text, parse_constant=refuse, object_pairs_hook=unique)
    except RecursionError:
        raise ValueError("too deep") from None


def quoting_of(cells: Iterable[object]) -> int:
    """Return how csv quotes cells: all where one holds a carriage return, which Python before 3.13 leaves unquoted."""
    returns = any(isinstance(cell, str) and "\r" in cell for cell in cells)
    return csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL


def write_table(path: Path, table: "pd.DataFrame") -> None:
    """Write a CSV of data points, floats of 6 digits, line feeds on every system."""
    quoting = quoting_of(table.select_dtypes(exclude="number").to_numpy().flat)
    with atomic_write(path) as beside:
        table.to_csv(beside, index=False, float_format="%.6f", lineterminator="\n", quoting=quoting)


def sha256(path: Path) -> str:
    """Return a file's hash in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
