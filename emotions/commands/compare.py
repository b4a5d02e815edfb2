"""Say whether two runs differ by more than chance."""

import json
from typing import Annotated

import typer

from emotions.errors import UserError
from emotions.experiments.compare import compare as compare_runs
from emotions.experiments.run import refuse_other_rows, runs_of
from emotions.metrics.undefined import without_nan
from emotions.reporting.comparison import comparison_text, plain
from emotions.reporting.tables import markdown

A = (
    "a git revision, an experiment, a folder with a checkout, workspace, or a record: results/NAME; "
    "seeds of one configuration joined by commas, or as a pattern: 'results/NAME-seed-*'"
)
POLICY = "thresholds for both; own: those of each run's own threshold_sweep; without it what each run or record chose"


def compare(
    a: Annotated[str, typer.Argument(help=A)],
    b: Annotated[str, typer.Argument(help="as A; the difference is B - A")],
    policy: Annotated[str | None, typer.Option(help=POLICY)] = None,
    md: Annotated[bool, typer.Option("--md", help="print Markdown, for a pull request")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Say whether two runs, or two configurations of several seeds, differ by more than chance.

    Both are scored on the same test rows, each by its own thresholds; the difference is B - A with the 95 % interval of
    the paired bootstrap over test rows and, with several seeds on both sides, over seeds.
    """
    if md and as_json:
        raise UserError("expected --md or --json; found both")
    runs_a, runs_b = (runs_of(names, policy) for names in (a, b))
    refuse_other_rows(runs_a[0], runs_b[0])

    found = compare_runs(runs_a, runs_b, runs_b[0].params["scores"]["frequent_rows"])
    print(json.dumps(without_nan(found), indent=2) if as_json else comparison_text(found, markdown if md else plain))
