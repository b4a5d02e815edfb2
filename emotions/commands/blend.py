"""Record the mean of recorded runs."""

from typing import Annotated

import typer

from emotions.experiments.blend import blend as blend_runs


def blend(
    name: Annotated[str, typer.Argument(help="of the new record")],
    runs: Annotated[list[str], typer.Argument(help="recorded runs, two or more")],
    weigh: Annotated[bool, typer.Option("--weigh", help="choose the second of two runs' share on validation")] = False,
) -> None:
    """Record the mean of the probabilities of recorded runs as results/NAME."""
    blend_runs(name, runs, weigh)
