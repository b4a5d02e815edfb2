"""Say which emotions the texts of a file carry, however many."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from emotions.commands.predict import MODEL, POLICIES


class BadRows(StrEnum):
    fail = "fail"
    keep = "keep"


def score(
    source: Annotated[
        Path, typer.Option("--input", help="a .txt, .csv, .tsv or .jsonl, with .gz or without, or a .parquet")
    ],
    output: Annotated[Path, typer.Option("--output", help="a .jsonl, .csv or .parquet that is not there yet")],
    text_column: Annotated[
        str | None, typer.Option(help="the column of the texts; a number, from 1, where a file has no header")
    ] = None,
    keep: Annotated[list[str] | None, typer.Option(help="a column to keep beside the text; as often as needed")] = None,
    model: Annotated[Path, typer.Option(help="an exported folder, or one of the train stage")] = MODEL,
    policy: Annotated[str | None, typer.Option(help=f"thresholds: {POLICIES}; the model's own without it")] = None,
    every: Annotated[bool, typer.Option("--all", help="add the probability of every label")] = False,
    bad_rows: Annotated[BadRows, typer.Option(help="stop at a row that cannot be read, or keep it with its error")] = (
        BadRows.fail
    ),
    resume: Annotated[bool, typer.Option("--resume", help="go on with what an earlier call began")] = False,
) -> None:
    """Score a file of any size: its rows are read, and bad ones named, before the first is scored."""
    from emotions.inference.rows import Columns  # what follows takes a moment, not spent on a mistyped call
    from emotions.inference.scoring import Task
    from emotions.inference.scoring import score as score_file

    columns = Columns(text_column, tuple(keep or ()))
    task = Task(source, output, columns, model, policy, every, keep_bad=bad_rows is BadRows.keep)
    rows, bad = score_file(task, resume)
    print(f"score: {output}: {rows:,} rows" + (f", {bad:,} of them with an error in place of emotions" if bad else ""))
