"""Arrays of an npz file without pickles, whatever bytes the file holds."""

from pathlib import Path
from typing import BinaryIO

import numpy as np

from emotions.errors import UserError, reading


def read_arrays(
    file: Path | BinaryIO, names: tuple[str, ...], place: str, mend: str, optional: tuple[str, ...] = ()
) -> dict[str, np.ndarray]:
    """Return the named arrays of a file, and the optional ones where it has them.

    Raises UserError, of place and mend, where it is no npz or lacks one that is not optional.
    """
    expected = f"an npz file of {', '.join(names)}"
    if isinstance(file, Path) and not file.is_file():
        raise UserError(f"{place}: expected {expected}; found none: {mend}")
    with reading(place, expected, mend), np.load(file, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in (*names, *(name for name in optional if name in arrays))}
