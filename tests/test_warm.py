"""What starts warm is what a Python of its own would be, as far as a program can tell."""

import os
import signal
import subprocess
import sys

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


def test_code_of_the_folder_is_loaded_anew_each_time(tmp_path):
    (tmp_path / "emotions").mkdir()
    for number in (1, 2):
        (tmp_path / "emotions/__main__.py").write_text(f"print({number})  #{'.' * number}")
        assert run_module("emotions", cwd=tmp_path).stdout == f"{number}\n"
    assert "No module named 'stages'" in run_module("stages.prepare", cwd=tmp_path).stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_it_as_it_would_a_python_of_its_own(number, module, tmp_path):
    ends = {}
    for python in (programs() / "python", sys.executable):
        command = module(python, SLEEPER)
        with subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as started:
            sleeper = psutil.Process(int(started.stdout.readline()))
            started.send_signal(number)
            ends[python] = started.wait(timeout=30)
            sleeper.wait(timeout=30)
    assert len(set(ends.values())) == 1
