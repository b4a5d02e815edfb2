"""One file a stage of dvc.yaml, and words for what may happen before a stage has loaded."""

import importlib.util
import sys
from types import TracebackType


def in_words(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """Say Ctrl-C in a line: what a stage imports takes seconds, and its main, which has more to say, has not begun."""
    if kind is KeyboardInterrupt:
        print("\nstopped before it began: the same command starts again", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, traceback)


# dvc runs the python that PATH names, whichever environment dvc itself is from
if importlib.util.find_spec("pydantic") is None:
    sys.exit(
        f"{sys.executable}: expected a Python with the packages of requirements.txt; found none of them; "
        "activate the environment that has them, such as: source .venv/bin/activate"
    )
if sys.argv[0] == "-m":  # while `python -m` looks for the stage
    sys.excepthook = in_words
