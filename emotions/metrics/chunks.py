"""Rows a part at a time: what is computed of them takes many times their memory."""

from collections.abc import Iterator

CHUNK = 100_000  # rows


def chunks(rows: int) -> Iterator[slice]:
    """Yield slices of CHUNK rows each, in order, the last of what is left."""
    for start in range(0, rows, CHUNK):
        yield slice(start, min(start + CHUNK, rows))
