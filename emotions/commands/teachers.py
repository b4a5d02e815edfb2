"""Name teachers that teach together, by their mean."""

from typing import Annotated

import typer

from emotions.experiments.teaching import join


def teachers(
    name: Annotated[str, typer.Argument(help="under which they teach together")],
    members: Annotated[list[str], typer.Argument(help="teachers in data/teachers")],
) -> None:
    """Name teachers that teach together, in data/teachers/NAME.json."""
    target = join(name, members)
    print(f"teachers: {target}: train with them: dvc exp run -S train.distillation.teacher={name}")
