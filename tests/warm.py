"""A Python that starts in milliseconds: one process loads torch, transformers and DVC, and each program is its fork.

A program sees the folder it starts in, its arguments, environment and files as a Python of its own would; the
project's code is never loaded beforehand, so that a copy of the project runs the copy's. What a fork can't show, and
`run_python` is for: how long a start takes, what an import does, that another hash seed gives the same bytes.
"""

import atexit
import contextlib
import functools
import gc
import importlib.util
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (  # what stages and commands import, and what transformers would load on first use
    "pandas", "pyarrow.compute", "pyarrow.parquet", "pydantic", "scipy.optimize", "scipy.stats", "sklearn.linear_model",
    "sklearn.metrics", "sklearn.feature_extraction.text", "typer", "jinja2", "matplotlib.pyplot", "datasets", "torch",
    "torch._dynamo", "transformers.trainer", "transformers.models.auto.modeling_auto",
    "transformers.models.auto.tokenization_auto", "transformers.models.bert.modeling_bert",
    "transformers.models.bert.tokenization_bert", "dvc.cli", "dvc.commands.repro", "dvc.repo.experiments", "dvc.scm",
    "dvc.stage.run", "dvc_data.index", "dvc_render", "git", "pygit2", "dulwich.repo",
)  # fmt: skip
SIGNALS = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM]  # a program obeys those that who asks obeys
PROGRAM = """#!{python} -IS
import array, json, os, signal, socket, sys
arguments = {before} + sys.argv[1:]
if arguments[:1] != ["-m"]:
    os.execv({python!r}, [{python!r}, *arguments])
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
files = array.array("i", [0, 1, 2])
ignored = [number for number in {signals} if signal.getsignal(number) == signal.SIG_IGN]
request = json.dumps([arguments[1:], os.getcwd(), dict(os.environ), ignored]).encode()
server.sendmsg([len(request).to_bytes(4, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
for number in {signals}:
    if number not in ignored:
        signal.signal(number, lambda number, frame: server.send(bytes([number])))
server.sendall(request)
status = int(server.makefile().readline() or 70)
if status < 0:
    signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
sys.exit(status)
"""


@functools.cache
def programs() -> Path:
    """Return a folder for PATH with a `python` and a `dvc` that start warm; the first who asks starts the server."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", os.getpid())  # the same for all workers
    folder = Path(tempfile.gettempdir()) / f"warm-{run}"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            start(folder)
    lease = socket.socket(socket.AF_UNIX)
    lease.connect(str(folder / "socket"))
    lease.sendall(bytes(4))  # an empty request: while one of these is open the server stays
    leases.append(lease)
    return folder


leases: list[socket.socket] = []


def run_module(module: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess:
    """Run `python -m module` in a folder, warm, seeing no code but what lies there."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [programs() / "python", "-m", module, *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def run_stages(project: Path) -> None:
    """Run all six stages in a folder that has their inputs."""
    for stage in ("prepare", "tokenize", "train", "evaluate", "threshold_sweep", "plot"):
        done = run_module(f"stages.{stage}", cwd=project)
        assert done.returncode == 0, done.stderr


def add_and_run(project: Path) -> None:
    """Make the source `own` of a folder's own.csv and run all six stages on it."""
    done = run_module("emotions", "add", "own", "--input", "own.csv", cwd=project)
    assert done.returncode == 0, done.stderr
    run_stages(project)


def start(folder: Path) -> None:
    """Start the server; it answers when it has loaded everything."""
    folder.mkdir()
    for name, before in (("python", []), ("dvc", ["-m", "dvc"])):
        program = folder / name
        told = {"python": sys.executable, "before": before, "address": str(folder / "socket")}
        program.write_text(PROGRAM.format(**told, signals=list(map(int, SIGNALS))))
        program.chmod(0o755)
    asking = {"PYTORCH_NVML_BASED_CUDA_CHECK": "1"}  # whether there is a GPU: a fork of who asked CUDA could not use it
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | asking
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.warm", folder], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert server.stdout.readline() == b"listening\n"


def serve(folder: Path) -> list | None:
    """Fork for every request until the last lease ends; in the fork, return the request."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "socket"))
    listener.listen(64)
    print("listening", flush=True)
    for package in PACKAGES:
        if importlib.util.find_spec(package.partition(".")[0]):  # a machine lent for its GPU may have no DVC
            importlib.import_module(package)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no fork waits for its parent to ask how it ended
    held = []
    while True:
        ready, _, _ = select.select([listener, *held], [], [])
        for lease in ready:
            if lease is not listener:
                held.remove(lease)
        if listener in ready:
            connection, _ = listener.accept()
            size, files, *_ = socket.recv_fds(connection, 4, 3)
            if not any(size):
                held.append(connection)
            elif not os.fork():
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                request = json.loads(connection.makefile("rb").read(int.from_bytes(size, "big")))
                return attend(connection, files, request)
            for file in files:
                os.close(file)
        if not held:
            shutil.rmtree(folder)
            Path(f"{folder}.lock").unlink()
            return None


def attend(connection: socket.socket, files: list[int], request: list) -> list:
    """Fork the program and see it to its end: signals go to it, its exit status to the one who asked."""
    program = os.fork()
    if not program:
        os.setsid()  # a signal to its process group must not reach the server and all other programs
        connection.close()
        for place, file in enumerate(files):
            os.dup2(file, place)
            os.close(file)
        return request
    ended = os.pidfd_open(program)
    while True:
        ready, _, _ = select.select([connection, ended], [], [])
        if ended in ready:
            break
        number = connection.recv(1)
        os.kill(program, number[0] if number else signal.SIGKILL)
        if not number:
            break  # who asked was killed
    status = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    with contextlib.suppress(BrokenPipeError):
        connection.sendall(b"%d\n" % status)
    os._exit(0)


def become(arguments: list[str], folder: str, environment: dict[str, str], ignored: list[int]) -> None:
    """Be the program that was asked for."""
    for number in SIGNALS:
        obeyed = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN if number in ignored else obeyed)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0] = folder
    del sys.modules["tests"]
    sys.argv = arguments
    status = 0
    try:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if status and not isinstance(end.code, int):
            print(end.code, file=sys.stderr)
    except KeyboardInterrupt:  # Python ends by the signal itself, but only where the program is what it was started for
        sys.excepthook(*sys.exc_info())
        sys.stdout.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    threading._shutdown()  # what Python does at its end; to free all that is loaded would take longer than the program
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if stream:
            stream.flush()
    os._exit(status)


if __name__ == "__main__" and (request := serve(Path(sys.argv[1]))):
    become(*request)
