"""Stages as forks that a test can limit and kill: what they import is loaded once, a fault costs a second.

tests.warm starts any program, of any copy of the code; here the code is this one, and the fork is bound by the modes
of files, by a size of its files if asked, and known by the number of its process.

Run as a program, it reads a stage, a folder and a limit of bytes a file from each line of standard input, and answers
with the number of the process that it forks, then with its exit status.
"""

import contextlib
import ctypes
import importlib
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

CAPABILITIES_3 = 0x20080522  # the version of capset's structures, from linux/capability.h
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
STAGES = ("prepare", "tokenize", "train", "evaluate", "threshold_sweep", "plot")


class Forks:
    """The program, from the side of a test."""

    def __init__(self, root: Path, said: Path):
        environment = os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
        self.said = said
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forks", str(said)],
            cwd=root,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n"

    def start(self, stage: str, folder: Path, limit: int = resource.RLIM_INFINITY) -> int:
        """Start a stage in a folder, no file of its longer than `limit` bytes; return its process."""
        print(stage, folder, limit, sep="\t", file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())

    def wait(self) -> int:
        """Return the exit status of the stage when it has ended, negative where a signal ended it."""
        return int(self.process.stdout.readline())

    def run(self, stage: str, folder: Path, limit: int = resource.RLIM_INFINITY) -> tuple[int, str]:
        """Return a stage's exit status and what it said."""
        self.start(stage, folder, limit)
        return self.wait(), self.said.read_text(encoding="utf-8")

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def serve(said: Path) -> None:
    modules = {stage: importlib.import_module(f"stages.{stage}") for stage in STAGES}
    print("ready", flush=True)
    for line in sys.stdin:
        stage, folder, limit = line.rstrip("\n").split("\t")
        child = os.fork()
        if not child:
            run(stage, modules[stage].main, Path(folder), int(limit), said)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def run(stage: str, main, folder: Path, limit: int, said: Path) -> None:
    """Be the stage, as `python -m stages.<stage>` is, and end."""
    from emotions.stage import run_stage

    with said.open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts beside itself ignores it
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        sys.stdin = Path(os.devnull).open()  # noqa: SIM115, for as long as the stage runs
        obey_modes()
        os.chdir(folder)
        status = 70  # an error that nobody handles
        with contextlib.suppress(BaseException):
            status = exit_status(stage, main, run_stage)
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def obey_modes() -> None:
    """Bind root by the modes of files and folders, as they bind everybody else."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        header = (ctypes.c_uint32 * 2)(CAPABILITIES_3, 0)
        sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then those of numbers over 31
        libc.capget(header, sets)
        sets[0] &= ~(1 << CAP_DAC_OVERRIDE | 1 << CAP_DAC_READ_SEARCH)
        if libc.capset(header, sets):
            raise OSError(ctypes.get_errno(), "capset")


def exit_status(stage: str, main, run_stage) -> int:
    try:
        run_stage(stage.replace("_", "-"), main)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    return 0


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
