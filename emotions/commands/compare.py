"""Say whether two runs differ by more than chance."""

import json
from typing import Annotated

import typer

from emotions.errors import UserError
from emotions.experiments.compare import compare as compare_runs
from emotions.experiments.run import refuse_other_rows, run_of
from emotions.reporting.comparison import comparison_text, plain
from emotions.reporting.tables import markdown

A = "a git revision, an experiment, a folder with a checkout, workspace, or a record: results/NAME"


def compare(
    a: Annotated[str, typer.Argument(help=A)],
    b: Annotated[str, typer.Argument(help="as A; the difference is B - A")],
    policy: Annotated[str | None, typer.Option(help="thresholds for both; without it each run's own policy")] = None,
    md: Annotated[bool, typer.Option("--md", help="print Markdown, for a pull request")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Say whether two runs differ by more than chance.

    Both are scored on the same test rows, each by its own thresholds; the difference is B - A with the 95 % interval of
    the paired bootstrap.
    """
    if md and as_json:
        raise UserError("expected --md or --json; found both")
    run_a, run_b = (run_of(name, policy) for name in (a, b))
    refuse_other_rows(run_a, run_b)

    found = compare_runs(run_a, run_b, run_b.params["scores"]["frequent_rows"])
    print(json.dumps(found, indent=2) if as_json else comparison_text(found, markdown if md else plain))
