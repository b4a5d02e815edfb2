"""Say which emotions the texts of a file carry, however many."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from emotions.commands.predict import MODEL, POLICIES
from emotions.errors import UserError


class BadRows(StrEnum):
    fail = "fail"
    keep = "keep"


class Engine(StrEnum):
    here = "here"
    ray = "ray"


def score(
    source: Annotated[
        str, typer.Option("--input", help="a .txt, .csv, .tsv or .jsonl, with .gz or without, or a .parquet")
    ],
    output: Annotated[str, typer.Option("--output", help="a .jsonl, .csv or .parquet that is not there yet")],
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
    engine: Annotated[
        Engine, typer.Option(help="ray scores folders, here or in an object store, on the cores of many machines")
    ] = Engine.here,
    workers: Annotated[int, typer.Option(min=1, help="of ray, one core each")] = 1,
) -> None:
    """Score a file of any size: its rows are read, and bad ones named, before the first is scored.

    With --engine ray, --input is a folder of Parquet or JSON lines and --output one of Parquet, here or in a bucket.
    """
    if engine is Engine.ray:
        score_by_ray(source, output, text_column, tuple(keep or ()), model, policy, every, bad_rows, resume, workers)
        return
    if workers > 1:
        raise UserError("--workers: expected --engine ray; without it the model uses every core by itself")
    from emotions.inference.rows import Columns  # what follows takes a moment, not spent on a mistyped call
    from emotions.inference.scoring import Task
    from emotions.inference.scoring import score as score_file

    columns = Columns(text_column, tuple(keep or ()))
    task = Task(Path(source), Path(output), columns, model, policy, every, keep_bad=bad_rows is BadRows.keep)
    rows, bad = score_file(task, resume)
    print(f"score: {output}: {rows:,} rows" + (f", {bad:,} of them with an error in place of emotions" if bad else ""))


def score_by_ray(
    source: str,
    output: str,
    text_column: str | None,
    keep: tuple[str, ...],
    model: Path,
    policy: str | None,
    every: bool,
    bad_rows: BadRows,
    resume: bool,
    workers: int,
) -> None:
    """Score a folder; raises UserError where Ray is not installed and for what it cannot do."""
    if text_column is None:
        raise UserError("--text-column NAME: expected the column that holds the texts")
    if resume:
        raise UserError("--resume: ray begins again, but replaces a worker that dies by itself; leave it out")
    try:
        from emotions.inference.cluster import Job, score_folder
    except ModuleNotFoundError as error:
        raise UserError(f"package {error.name} is not installed: pip install -r requirements-ray.txt") from None
    from emotions.inference.rows import Columns

    job = Job(source, output, Columns(text_column, keep), model.absolute(), policy, every, bad_rows is BadRows.keep)
    print(f"score: {output}: {score_folder(job, workers):,} rows")
