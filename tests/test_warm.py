"""What starts warm is what a Python of its own would be, as far as a program can tell."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from tests.warm import programs, run_module

PROGRAM = """
import os, sys
print(__name__, sys.argv[1:], os.getcwd(), os.environ["SAID"], sys.stdin.read())
print(sorted({"emotions", "stages", "tests"} & {*sys.modules}))
print("to the other file", file=sys.stderr)
sys.exit(int(sys.argv[1]))
"""
ENDS = [  # of a program, each with what is said and done at its end
    "sys.exit()",
    "sys.exit(True)",
    "sys.exit('in words')",
    "sys.exit(('a', 'tuple'))",
    "raise ValueError('nobody handles it')",
    "atexit.register(print, 'at exit')",
    "threading.Timer(0.1, print, ['a thread']).start()",
    "concurrent.futures.ThreadPoolExecutor().submit(print, 'a pool')",
    "sys.stdout.write('no newline')",
]
SLEEPER = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n"


@pytest.fixture
def module(tmp_path):
    """A function that writes a module and gives the command that runs it by one Python or another."""

    def command(python, source: str) -> list:
        (tmp_path / "program.py").write_text(source)
        return [python, "-m", "program"]

    return command


def test_arguments_folder_environment_files_and_status_are_those_of_a_python_of_its_own(module, tmp_path):
    told = {"cwd": tmp_path, "env": os.environ | {"SAID": "so"}, "input": "typed", "capture_output": True, "text": True}
    warm, cold = (
        subprocess.run([*module(python, PROGRAM), "3", "é"], **told, check=False)
        for python in (programs() / "python", sys.executable)
    )
    assert (warm.returncode, warm.stdout, warm.stderr) == (cold.returncode, cold.stdout, cold.stderr)
    assert warm.stdout == f"__main__ ['3', 'é'] {tmp_path} so typed\n[]\n"


@pytest.mark.parametrize("end", ENDS)
def test_it_ends_as_a_python_of_its_own_does(end, module, tmp_path):
    source = f"import atexit, concurrent.futures, sys, threading\nprint('begun')\n{end}\n"
    warm, cold = (
        subprocess.run(module(python, source), cwd=tmp_path, capture_output=True, text=True, check=False)
        for python in (programs() / "python", sys.executable)
    )
    assert (warm.returncode, warm.stdout) == (cold.returncode, cold.stdout)
    assert warm.stderr.splitlines()[-1:] == cold.stderr.splitlines()[-1:], "of a traceback the last line"


def test_code_of_the_folder_is_loaded_anew_each_time(tmp_path):
    (tmp_path / "emotions").mkdir()
    for number in (1, 2):
        (tmp_path / "emotions/__main__.py").write_text(f"print({number})  #{'.' * number}")
        assert run_module("emotions", cwd=tmp_path).stdout == f"{number}\n"
    assert "No module named 'stages'" in run_module("stages.prepare", cwd=tmp_path).stderr


@contextmanager
def sleeping(command: list, obeyed: dict[int, object]) -> Iterator[tuple[subprocess.Popen, psutil.Process]]:
    """Yield a program as it was started, and the process that sleeps in it."""

    def obey() -> None:
        for number, handler in obeyed.items():
            signal.signal(number, handler)

    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, **streams, preexec_fn=obey) as started:
        yield started, psutil.Process(int(started.stdout.readline()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_it_as_it_would_a_python_of_its_own(number, module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ends = set()
    for python in (programs() / "python", sys.executable):
        with sleeping(module(python, SLEEPER), {signal.SIGINT: signal.SIG_DFL}) as (started, sleeper):
            started.send_signal(number)
            ends.add(started.wait(timeout=30))
            sleeper.wait(timeout=30)
    assert len(ends) == 1


def test_a_signal_that_is_ignored_where_it_starts_is_ignored(module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for python in (programs() / "python", sys.executable):
        with sleeping(module(python, SLEEPER), {signal.SIGINT: signal.SIG_IGN}) as (started, sleeper):
            for process in (started, sleeper):
                process.send_signal(signal.SIGINT)
            with pytest.raises(subprocess.TimeoutExpired):
                started.wait(timeout=0.3)
            assert sleeper.is_running()
            started.kill()
            sleeper.wait(timeout=30)
