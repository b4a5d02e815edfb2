"""Train the encoder on the training comments before it learns labels."""

from typing import Annotated

import typer

from emotions.experiments.pretraining import pretrain as pretrain_as


def pretrain(
    name: Annotated[str, typer.Argument(help="of the new checkpoint's folder in build/")],
    epochs: Annotated[int, typer.Option(min=1, help="over the training comments")],
) -> None:
    """Let the encoder that params.yaml names learn to name hidden tokens of the training comments, as build/NAME."""
    target, loss = pretrain_as(name, epochs)
    print(f"pretrain: loss {loss:.3f} nats a hidden token; dvc exp run -S model.checkpoint={target}")
