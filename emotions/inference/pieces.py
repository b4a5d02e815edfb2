"""Scored rows as a file: in pieces while more are to come, each whole or not there, then as one."""

import csv
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from emotions.artifacts import atomic_write, quoting_of
from emotions.errors import UserError

if TYPE_CHECKING:
    import pyarrow as pa

KNOWN = ".jsonl, .csv or .parquet"
BETWEEN = "; "  # emotions in a cell of CSV
GROUP_PIECES = 16  # of a row group in Parquet: small groups read slowly


@dataclass(frozen=True)
class Scored:
    """What is said of a row, all None but the error where it cannot be read.

    `emotions` are those at their thresholds with their probabilities, the most probable first; `every` has each
    label's probability where that was asked for.
    """

    number: int
    kept: tuple
    text: str | None
    emotions: dict[str, float] | None
    every: list[float] | None
    error: str | None


@dataclass(frozen=True)
class Layout:
    """The form of an output, jsonl, csv or parquet, and its columns beside `row`, `emotions` and `probabilities`.

    `types` are kept columns' types in PyArrow, from an input that has types; all others are text.
    """

    form: str
    text: str
    keep: tuple[str, ...]
    every: tuple[str, ...]  # labels, a column each, where every label's probability was asked for
    with_error: bool
    types: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        error = ["error"] if self.with_error else []
        return ["row", *self.keep, self.text, "emotions", "probabilities", *self.every, *error]

    def refuse_twins(self) -> None:
        """Raise UserError where two columns would have one name."""
        for name in self.names:
            if self.names.count(name) > 1:
                raise UserError(f"the output would have two columns {name!r}: rename that of the input")

    def write(self, path: Path, rows: list[Scored]) -> None:
        """Write a piece, whole or not at all."""
        with atomic_write(path) as beside:
            if self.form == "jsonl":
                beside.write_text("".join(self._json(row) for row in rows), encoding="utf-8")
            elif self.form == "csv":
                with beside.open("w", encoding="utf-8", newline="") as file:
                    if rows[0].number == 1:
                        _write_line(file, self.names)
                    for row in rows:
                        _write_line(file, [_joined(cell) for cell in self._cells(row)])
            else:
                import pyarrow.parquet as pq

                pq.write_table(self.table(rows), beside)

    def join(self, pieces: list[Path], target: Path) -> None:
        """Write one file of all pieces, in their order, whole or not at all."""
        with atomic_write(target) as beside:
            if self.form == "parquet":
                _join_parquet(pieces, beside)
                return
            with beside.open("wb") as file:
                for piece in pieces:
                    with piece.open("rb") as part:
                        shutil.copyfileobj(part, file)

    def _json(self, row: Scored) -> str:
        said = {"row": row.number, **dict(zip(self.keep, row.kept, strict=True)), self.text: row.text}
        said["emotions"] = row.emotions
        if self.every:
            said["probabilities"] = row.every and dict(zip(self.every, row.every, strict=True))
        if self.with_error:
            said["error"] = row.error
        return json.dumps(said, ensure_ascii=False, default=str) + "\n"

    def _cells(self, row: Scored) -> list:
        emotions = (None, None) if row.emotions is None else (list(row.emotions), list(row.emotions.values()))
        every = row.every or [None] * len(self.every)
        error = [row.error] if self.with_error else []
        return [row.number, *row.kept, row.text, *emotions, *every, *error]

    def table(self, rows: list[Scored]) -> "pa.Table":
        """Return rows as a table of PyArrow's, emotions as lists."""
        import pyarrow as pa

        types = {name: pa.string() for name in (*self.keep, self.text, "error")} | {"row": pa.int64()} | self.types
        types |= {"emotions": pa.list_(pa.string()), "probabilities": pa.list_(pa.float32())}
        types |= dict.fromkeys(self.every, pa.float32())
        columns = list(zip(*map(self._cells, rows), strict=True)) or [()] * len(self.names)
        arrays = [pa.array(cells, types[name]) for name, cells in zip(self.names, columns, strict=True)]
        return pa.Table.from_arrays(arrays, names=self.names)


def _write_line(file: IO[str], cells: Sequence[object]) -> None:
    csv.writer(file, lineterminator="\n", quoting=quoting_of(cells)).writerow(cells)


def _joined(cell: object) -> object:
    return BETWEEN.join(str(one) for one in cell) if isinstance(cell, list) else cell


def _join_parquet(pieces: list[Path], target: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetWriter(target, pq.read_schema(pieces[0])) as writer:
        for start in range(0, len(pieces), GROUP_PIECES):
            tables = [pq.read_table(piece) for piece in pieces[start : start + GROUP_PIECES]]
            writer.write_table(pa.concat_tables(tables))


def form_of_output(path: Path) -> str:
    """Return the form that a file's name says; raises UserError for another."""
    form = path.name.lower().rpartition(".")[2]
    if form not in ("jsonl", "csv", "parquet"):
        raise UserError(f"{path}: expected {KNOWN}; found another name")
    return form
