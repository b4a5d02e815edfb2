"""Series of data points, as stages write them for pictures, read back."""

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from emotions.errors import UserError, reading
from emotions.params import Section


class PlotParams(Section):
    dpi: Annotated[int, Field(ge=30, le=1_000)]  # below, letters are smaller than a dot; above, pictures fill memory


def read_series(
    path: Path, text: list[str], numbers: list[str], stage: str, may_be_empty: bool = False
) -> pd.DataFrame:
    """Return the rows of a CSV with columns of text and of numbers, which a stage of dvc.yaml writes.

    Raises UserError where the file is missing or cut, has no row and may not be empty, lacks a column, or has text in
    place of a number.
    """
    expected, mend = f"a CSV of {', '.join((*text, *numbers))}", f"dvc repro {stage}"
    if not path.is_file():
        raise UserError(f"{path}: expected {expected}; found no file: {mend}")
    if not path.read_bytes().endswith(b"\n"):
        raise UserError(f"{path}: expected {expected}; found no end of the last line, it was cut: {mend}")
    with reading(str(path), expected, mend):
        # a label may be called None, or 1
        table = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=dict.fromkeys(text, "str"))
    if lacking := [name for name in (*text, *numbers) if name not in table.columns]:
        raise UserError(f"{path}: expected {expected}; found no column {lacking[0]}: {mend}")
    if table.empty:
        if may_be_empty:
            return table
        raise UserError(f"{path}: expected {expected}; found no row: {mend}")
    for name in numbers:
        if not pd.api.types.is_numeric_dtype(table[name]) or np.isinf(table[name]).any():
            raise UserError(f"{path}: expected numbers in the column {name}; found others: {mend}")
    for name in text:
        if table[name].isna().any():
            raise UserError(f"{path}: expected a text in each row of the column {name}; found none: {mend}")
    return table
