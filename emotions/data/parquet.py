"""Parquet files: those of other people, and those that a stage wrote, which have the columns that it declares."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from emotions.errors import UserError, reading


def open_parquet(path: Path, content: Path | IO[bytes]) -> pq.ParquetFile:
    """Return somebody's Parquet file, read from `content`; raises UserError, naming the path, where it is none."""
    try:
        return pq.ParquetFile(content, pre_buffer=False)  # else all that was read would stay in memory
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(f"{path}: expected a Parquet file; found another or a part ({error})") from None


def count_rows(path: Path, schema: pa.Schema, mend: str) -> int:
    """Return how many rows a file has; raises UserError where it is missing, cut, of other columns or without rows."""
    with _opened(path, schema, mend) as file:
        return file.metadata.num_rows


def read_batches(path: Path, schema: pa.Schema, mend: str, rows: int, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Yield a file's rows, so many at a time; raises UserError as `count_rows` does and for a row with a gap."""
    with _opened(path, schema, mend) as file:
        batches = file.iter_batches(rows, columns=columns)
        while True:
            with reading(str(path), "a Parquet file", mend):
                batch = next(batches, None)
            if batch is None:
                return
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                inside = column.flatten() if pa.types.is_list(column.type) else column
                if column.null_count or inside.null_count:
                    raise UserError(f"{path}: expected a value in each row; found a gap in the column {name}: {mend}")
            yield batch


def read_table(path: Path, schema: pa.Schema, mend: str, columns: list[str]) -> pa.Table:
    """Return a file's rows; raises UserError as `read_batches` does."""
    batches = list(read_batches(path, schema, mend, rows=100_000, columns=columns))
    return pa.Table.from_batches(batches)


def _opened(path: Path, schema: pa.Schema, mend: str) -> pq.ParquetFile:
    if not path.is_file():
        raise UserError(f"{path}: expected a table of {', '.join(schema.names)}; found no file: {mend}")
    with reading(str(path), "a Parquet file", mend):
        file = pq.ParquetFile(path, pre_buffer=False)  # else all that was read would stay in memory
        found, rows = file.schema_arrow, file.metadata.num_rows
    if not found.equals(schema):
        columns = ", ".join(f"{field.name} ({field.type})" for field in schema)
        others = ", ".join(f"{field.name} ({field.type})" for field in found)
        raise UserError(f"{path}: expected the columns {columns}; found {others}: {mend}")
    if not rows:
        raise UserError(f"{path}: expected at least one row; found none: {mend}")
    return file
