"""Show the experiments in a table that fits the screen."""

import json
import shlex
import subprocess
import sys
from typing import Annotated

import typer

from emotions.errors import UserError
from emotions.reporting.experiments import LEGEND, SWEEP, experiment_rows, fitted
from emotions.reporting.tables import markdown

DROPPED = "(data|dvc|emotions|stages|requirements|metrics/evaluate|validation|held_out|expected|test_macro_f1)"
SORTED = ["--sort-by", f"{SWEEP}:test.macro_f1", "--sort-order", "desc"]
FULL_TABLE = ["dvc", "exp", "show", "--only-changed", "--drop", DROPPED, *SORTED]


def experiments(
    all_commits: Annotated[bool, typer.Option("--all-commits", help="those of earlier commits too")] = False,
    md: Annotated[bool, typer.Option("--md", help="print Markdown, for a pull request")] = False,
) -> None:
    """Show the commit's experiments: what each changed in params.yaml, its policy, its scores."""
    command = [sys.executable, "-m", "dvc", "exp", "show", "--json", *(["--all-commits"] if all_commits else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise UserError("dvc exp show failed; what it says stands above")
    rows = experiment_rows(json.loads(done.stdout))
    if not rows:
        raise UserError("dvc exp show: expected a commit; found none: git commit, then again")

    print(markdown(rows) if md else fitted(rows))
    if not md:
        print(f"\n{LEGEND}\nEverything DVC knows of them: {shlex.join(FULL_TABLE)}")
