"""Let the workspace's model teach the next ones."""

from typing import Annotated

import typer

from emotions.experiments.teaching import teach as teach_as


def teach(
    name: Annotated[str, typer.Argument(help="of the teacher")],
    out_of_fold: Annotated[
        bool, typer.Option("--out-of-fold", help="keep only what it says of the fold it has not seen; once a fold")
    ] = False,
) -> None:
    """Keep what the model says of the training comments as data/teachers/NAME.npz."""
    target = teach_as(name, out_of_fold)
    print(f"teach: {target}: train with it: dvc exp run -S train.distillation.teacher={name}")
