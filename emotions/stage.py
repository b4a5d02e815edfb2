"""What surrounds a stage's work: one run at a time in a workspace, inputs that stay as they were read."""

import fcntl
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TextIO

from emotions.artifacts import is_running, sha256
from emotions.errors import UserError, exit_in_words
from emotions.params import PARAMS, flat, read_sections

CODE = ("emotions", "stages")


def run_stage(name: str, main: Callable[[], None]) -> None:
    """Run a stage's main where no other run of it is under way in this workspace; its end is in words."""

    def alone() -> None:
        with locked(Path(f"data/.{name}.lock"), f"{name} runs in this folder already"):
            try:
                main()
            except KeyboardInterrupt as error:
                next_step = f"what the stages before {name} made is kept; the same command starts {name} again"
                raise KeyboardInterrupt(str(error) or next_step) from None

    exit_in_words(alone)


@contextmanager
def locked(path: Path, busy: str) -> Iterator[None]:
    """Hold a lock file while the block runs; a process that is killed holds none, whatever file it leaves.

    The processes that torchrun starts share the lock of the one that called it, and hold it on where that is killed.
    Raises UserError, `busy` and the process to wait for, where another run holds it.
    """
    with _lock(path, fcntl.LOCK_SH if "LOCAL_RANK" in os.environ else fcntl.LOCK_EX, busy) as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        try:
            yield
        finally:
            with suppress(BlockingIOError):  # others of this run hold it still
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)


def _lock(path: Path, kind: int, busy: str) -> TextIO:
    """Return the lock file, open and locked, this process's number added to those in it."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            with file:
                file.seek(0)
                holders = " ".join(number for number in file.read().split() if is_running(int(number)))
            raise UserError(f"{busy} (process {holders}): wait until it ends, or stop it: kill {holders}") from None
        if os.fstat(file.fileno()).st_nlink:
            break
        file.close()  # since it was opened here, the run that held it has ended and removed it
    if kind == fcntl.LOCK_EX:
        file.truncate(0)  # of one that was killed
    print(os.getpid(), file=file, flush=True)
    return file


@dataclass(frozen=True)
class Inputs:
    """The parameters, code and files that a stage reads, with what stood in them when it began.

    DVC looks at them when a stage has ended: of a value edited in between it would say that it made the outputs.
    """

    sections: tuple[str, ...]
    paths: tuple[Path, ...]
    found: dict[str, object]  # a parameter's value, a file's sha256

    @classmethod
    def read(cls, sections: Iterable[str], paths: Iterable[Path]) -> Self:
        """Return what stands in sections of params.yaml, in files and folders, and in the project's code as loaded."""
        sections, paths = tuple(sections), (*paths, *_loaded_code())
        return cls(sections, paths, _contents(sections, paths))

    def refuse_changes(self) -> None:
        """Raise UserError, naming what changed, where any of it is no longer what it was when the stage began."""
        changed = difference(self.found, _contents(self.sections, self.paths))
        if changed:
            raise UserError(f"{changed} while the stage ran: nothing was written; run it again: dvc repro")


def difference(before: dict[str, object], now: dict[str, object]) -> str | None:
    """Return in words the first entry of two flat dicts that differs, None where none does."""
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            if name not in now:
                return f"{name} went away"
            if name not in before:
                return f"{name} came up"
            if ": " in name:  # of a file only its hash is known
                return f"{name} changed from {before[name]} to {now[name]}"
            return f"{name} changed"
    return None


def _loaded_code() -> list[Path]:
    """Return the files of the project's own modules that this process has loaded, relative to the workspace."""
    rooms = tuple(f"{Path.cwd() / folder}{os.sep}" for folder in CODE)
    files = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
    return sorted(Path(file).relative_to(Path.cwd()) for file in files if file.startswith(rooms))


def _contents(sections: tuple[str, ...], paths: tuple[Path, ...]) -> dict[str, object]:
    values = read_sections()
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path])]
    return {
        **flat(f"{PARAMS}: ", {section: values.get(section) for section in sections}),
        **{str(file): sha256(file) for file in files if file.is_file()},
    }
