"""Keep the workspace's run for good, in results/NAME."""

from typing import Annotated

import typer

from emotions.errors import UserError
from emotions.experiments.record import record as record_run
from emotions.experiments.record import score_again


def record(
    name: Annotated[str | None, typer.Argument(help="a name for the run, such as minilm-l6")] = None,
    again: Annotated[bool, typer.Option("--again", help="score every record again from its predictions")] = False,
) -> None:
    """Write results/NAME: params, every score by every policy, predictions, and where they come from."""
    if (name is None) == (not again):
        raise UserError("expected a name for the run, or --again alone: python -m emotions record NAME")
    if again:
        score_again()
    else:
        record_run(name)
