"""Let the workspace's model teach the next ones."""

from typing import Annotated

import typer

from emotions.experiments.teaching import teach as teach_as


def teach(name: Annotated[str, typer.Argument(help="teachers of one name teach together: their mean")]) -> None:
    """Add what the model says of the training comments to the teachers in data/teachers/NAME."""
    target = teach_as(name)
    print(f"teach: {target}: train with it: dvc exp run -S train.distillation.teacher={name}")
