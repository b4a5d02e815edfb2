"""Files read as they are, or decompressed where their name ends in .gz."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from emotions.errors import UserError


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file to read, decompressed where its name ends in .gz; raises UserError where that fails."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield file
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(
            f"{path}: expected a whole file compressed by gzip; found another or a part ({error})"
        ) from None


@contextmanager
def open_text(path: Path, encoding: str, errors: str = "strict") -> Iterator[io.TextIOWrapper]:
    """Yield a file's lines with their own line ends; raises UserError as `open_bytes` does.

    So it does where an encoding refuses the whole file, as UTF-16 does without its mark; a byte of another encoding
    stays a UnicodeDecodeError, of which the reader knows the line.
    """
    try:
        with open_bytes(path) as file, io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="") as text:
            yield text
    except UnicodeDecodeError:
        raise
    except UnicodeError as error:
        raise UserError(f"{path}: expected {encoding}; found another encoding ({error}): --encoding NAME") from None
