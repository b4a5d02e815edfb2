"""Rebuild the tables and pictures of results/ from the recorded runs."""

from typing import Annotated

import typer

from emotions.reporting.results_page import rebuild


def results(
    check: Annotated[bool, typer.Option("--check", help="write nothing; exit with 1 where a table is stale")] = False,
) -> None:
    """Rebuild results/README.md, its pictures and the tables of README.md and docs/ from the folders of results/."""
    rebuild(check)
