"""Make a source of somebody's tables."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from emotions.data.addition import SHOWN, Added, Wishes
from emotions.data.addition import add as add_source
from emotions.data.columns import Asked, plan
from emotions.data.correction import correct
from emotions.errors import UserError, listed
from emotions.metrics.params import ScoresParams
from emotions.params import read_params


def length_line(texts: list[str]) -> str:
    """Return in words how long texts are, in tokens of the encoder that params.yaml names."""
    from emotions.model.checkpoint import pretrained_tokenizer  # seconds, not spent on a mistyped call
    from emotions.model.params import ModelParams

    tokenizer = pretrained_tokenizer(read_params("model", ModelParams))
    lengths = [len(ids) for ids in tokenizer(texts, verbose=False)["input_ids"]]
    return (
        f"{np.mean(lengths):.0f} on average, 95 % of {len(lengths):,} texts have at most "
        f"{np.percentile(lengths, 95):.0f}, the longest {max(lengths):,}; tokenize.max_length cuts"
    )


def run_line(added: Added, frequent_rows: int) -> str:
    """Return the command that runs the pipeline on a new source."""
    changes = [f"data.source={added.folder.name}", "data.format=jsonl"]
    if added.one_label:
        changes += ["problem.type=single_label_classification", "train.loss.name=cross_entropy"]
    if added.unlabelled:
        changes.append("prepare.rows_without_labels=keep")
    most = int(added.support["test"].max())
    if most < frequent_rows:  # else no label would be frequent
        changes.append(f"scores.frequent_rows={most}")
    return " ".join(["dvc exp run", *(f"-S {change}" for change in changes)])


def corrected(name: str, source: str, fix: Path) -> str:
    """Correct a source and return in words what changed, with the command that runs the new one."""
    changed = correct(name, source, fix)
    counts = ", ".join(f"{rows:,} of {split}" for split, rows in changed.items())
    run = f"dvc exp run -S data.source={name} -S data.format=jsonl"
    return f"add: {name}: {source} with other labels on {counts}\nrun it:\n{run}"


def summary(added: Added) -> str:
    """Return in lines what a new source came to."""
    carried = sum(added.support.values())
    train = added.support["train"]
    most, least = int(train.argmax()), int(train.argmin())
    rows = sum(added.rows.values())
    lines = [
        f"add: {added.folder}: {' + '.join(f'{count:,}' for count in added.rows.values())} rows, "
        f"{len(added.names):,} labels, {carried.sum() / rows:.2f} a row",
        f"  commonest   {added.names[most]}, on {train[most]:,} training rows",
        f"  rarest      {added.names[least]}, on {train[least]:,}",
        f"  no label    {added.unlabelled:,} rows",
        f"  duplicates  {added.train_duplicates:,} training rows repeat another's text, "
        f"{added.texts_in_train['validation']:,} of validation and {added.texts_in_train['test']:,} of the test too",
    ]
    alike = Counter(name.casefold() for name in added.names)
    if twice := [name for name in added.names if alike[name.casefold()] > 1]:
        lines.append(f"  spellings   labels that differ only in case: {', '.join(twice[:6])}")
    left_out = [f"{count:,} rows {kind}" for kind, count in added.rows_left_out.items() if count]
    if added.labels_left_out:
        left_out.append(f"{len(added.labels_left_out):,} labels ({listed(added.labels_left_out, SHOWN)})")
    return "\n".join([*lines, *([f"  left out    {'; '.join(left_out)}"] if left_out else [])])


def add(
    name: Annotated[str, typer.Argument(help="of the source, for data.source")],
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            help="CSV, TSV, JSON lines or Parquet, each with .gz or without, Excel, a dataset's folder or its hub id; "
            "several are read one after the other",
        ),
    ] = None,
    validation: Annotated[list[str] | None, typer.Option(help="inputs whose rows are for validation alone")] = None,
    test: Annotated[list[str] | None, typer.Option(help="inputs whose rows are for the test alone")] = None,
    text: Annotated[str | None, typer.Option(help="the column of texts; of several, a,b, a line each")] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            help="the column of label names, in lists, between separators or one a row; or the columns of 0 and 1: "
            "a,b,c or a..c for all from a to c"
        ),
    ] = None,
    separator: Annotated[str | None, typer.Option(help="between names in a cell; none says that a cell is one")] = None,
    label_names: Annotated[
        Path | None,
        typer.Option(help="a file of the names, a line each or a list in JSON, of labels 0, 1, … or 1, 2, …"),
    ] = None,
    id: Annotated[str | None, typer.Option(help="the column of ids; none numbers the rows")] = None,
    split: Annotated[
        str | None, typer.Option(help="the column that says train, validation or test; none draws a split")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="of a workbook that has several")] = None,
    config: Annotated[str | None, typer.Option(help="of a dataset on the hub that has several")] = None,
    encoding: Annotated[str | None, typer.Option(help="such as cp1252")] = None,
    delimiter: Annotated[str | None, typer.Option(help="comma, semicolon, tab, bar or the character itself")] = None,
    quotes: Annotated[bool, typer.Option("--quotes/--no-quotes", help="whether cells stand in double quotes")] = True,
    header: Annotated[
        bool,
        typer.Option("--header/--no-header", help="whether the first row names columns; else they are 1, 2, …"),
    ] = True,
    drop_empty: Annotated[bool, typer.Option("--drop-empty", help="leave out rows without a text")] = False,
    drop_unlabelled: Annotated[bool, typer.Option("--drop-unlabelled", help="leave out rows without a label")] = False,
    min_rows: Annotated[int, typer.Option(help="leave out labels on fewer training rows than that", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="of the split, where one is drawn")] = 42,
    of: Annotated[str | None, typer.Option(help="a source to correct, in place of --input; with --fix")] = None,
    fix: Annotated[Path | None, typer.Option(help="CSV of its rows' right labels: id, labels with | between")] = None,
) -> None:
    """Write data/raw/NAME and data/labels/NAME.txt from tables, and say how to run it.

    What is not said is found out from the tables and printed before anything is written; what cannot be told is
    refused. Where no split is given one is drawn, 80 % of the rows for training, 10 % for validation and 10 % for the
    test, so that each label is as frequent in all three, and rows of one text stay together. With --of and --fix it is
    another source with some of its labels corrected.
    """
    if (of is None) != (fix is None) or (of is None) == (not inputs):
        raise UserError("expected --input FILE, or --of SOURCE --fix FILE to correct labels")
    if of and fix:
        print(corrected(name, of, fix))
        return
    asked = Asked(
        inputs=inputs or [],
        validation=validation or [],
        test=test or [],
        text=text,
        labels=labels,
        separator=separator,
        label_names=label_names,
        id=id,
        split=split,
        sheet=sheet,
        config=config,
        encoding=encoding,
        delimiter=delimiter,
        quotes=quotes,
        header=header,
    )
    frequent_rows = read_params("scores", ScoresParams).frequent_rows
    understood = plan(asked)
    print(understood.described(), flush=True)
    added = add_source(name, understood, Wishes(drop_empty, drop_unlabelled, min_rows, seed))
    print(summary(added))
    print(f"  tokens      {length_line(added.texts)}")
    print(f"run it:\n{run_line(added, frequent_rows)}")
