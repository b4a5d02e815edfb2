"""Print a recorded run's settings as options for dvc exp run."""

from typing import Annotated

import typer

from emotions.errors import UserError
from emotions.experiments.runs import RUNS, options, read_runs


def runs(name: Annotated[str, typer.Argument(help=f"a run of {RUNS}")]) -> None:
    """Print a run's settings in the words of DVC: dvc exp run $(python -m emotions runs NAME)."""
    known = read_runs(RUNS)
    if name not in known:
        print(f"--no-such-run-{name}")  # a $(...) that fails does not stop the command around it; DVC refuses this
        raise UserError(f"{name}: expected a run of {RUNS}: {', '.join(known)}")
    print(" ".join(options(known[name])))
