import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import yaml

from emotions.errors import UserError
from emotions.stage import Inputs, locked
from tests.tiny import ROOT

LOCK = Path("data/.sweep.lock")
HOLDER = """
import time
from pathlib import Path
from emotions.stage import locked
with locked(Path("data/.sweep.lock"), "busy"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("sweep: {fixed: 0.5, grid: {steps: 3}}\nother: {seed: 1}\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/table.csv").write_text("a,b\n")
    return tmp_path


def holder(**environment: str) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_run_is_told_which_process_holds_the_lock(workspace):
    first = holder()
    said = re.escape(f"sweep runs in this folder already (process {first.pid})")
    with pytest.raises(UserError, match=said), locked(LOCK, "sweep runs in this folder already"):
        pass
    first.kill()
    first.wait()


def test_a_killed_run_holds_no_lock_and_the_next_leaves_no_file(workspace):
    first = holder()
    first.kill()
    first.wait()
    assert LOCK.exists()
    with locked(LOCK, "busy"):
        assert LOCK.read_text() == f"{os.getpid()}\n"
    assert not LOCK.exists()


def test_processes_of_torchrun_share_a_lock_and_keep_it_when_their_parent_is_killed(workspace):
    parent = holder()
    worker = holder(LOCAL_RANK="0")
    parent.kill()
    parent.wait()
    with pytest.raises(UserError, match=re.escape(f"(process {worker.pid})")), locked(LOCK, "busy"):
        pass
    worker.kill()
    worker.wait()
    with locked(LOCK, "busy"):
        pass


def test_inputs_that_stay_are_accepted_and_another_section_may_change(workspace):
    inputs = Inputs.read(["sweep"], [Path("data")])
    (workspace / "params.yaml").write_text("sweep: {grid: {steps: 3}, fixed: 0.5}\nother: {seed: 2}\n")
    inputs.refuse_changes()


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("params.yaml", "sweep: {fixed: 0.4, grid: {steps: 3}}", "params.yaml: sweep.fixed changed from 0.5 to 0.4"),
        ("params.yaml", "sweep: {fixed: 0.5, grid: {}}", "params.yaml: sweep.grid.steps went away"),
        ("data/table.csv", "a,c\n", "data/table.csv changed"),
        ("data/new.csv", "", "data/new.csv came up"),
    ],
)
def test_an_input_that_changed_is_named(workspace, path, text, said):
    inputs = Inputs.read(["sweep"], [Path("data")])
    (workspace / path).write_text(text)
    with pytest.raises(UserError, match=re.escape(f"{said} while the stage ran: nothing was written")):
        inputs.refuse_changes()


@pytest.mark.slow
def test_code_that_is_edited_while_it_runs_is_an_input_that_changed(project_copy):
    os.mkfifo("wait")
    stage = Path("stages/threshold_sweep.py")
    stage.write_text(stage.read_text().replace("    raw = ", '    Path("wait").read_text()\n    raw = '))
    run = subprocess.Popen([sys.executable, "-m", "stages.threshold_sweep"], stderr=subprocess.PIPE, text=True)
    with Path("wait").open("w"):  # opens when the stage reads from it, its inputs being read
        stage.write_text(stage.read_text() + "# edited\n")
    _, said = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "stages/threshold_sweep.py changed while the stage ran: nothing was written" in said


def start(module: str, **streams: int) -> subprocess.Popen:
    """Start a module that obeys Ctrl-C, which what a shell starts beside itself, such as these tests, may not."""
    obey = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    command = [sys.executable, "-m", module]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=obey, **streams)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.slow
def test_ctrl_c_is_two_lines_and_leaves_nothing_running(project_copy, processes):
    params = yaml.safe_load((project_copy / "params.yaml").read_text())
    params["train"].update(epochs=10_000, processes=processes)
    (project_copy / "params.yaml").write_text(yaml.safe_dump(params))
    (project_copy / "metrics/train.json").unlink()
    run = start("stages.train")
    deadline = time.monotonic() + 120
    while not Path("metrics/train.json").exists():  # the first epoch has ended
        assert time.monotonic() < deadline
        time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Traceback" not in said
    assert (
        "\nstopped: nothing half-written is left under its final name\nwhat the stages before train made is kept"
        in said
    )
    assert not list(project_copy.glob("data/.*.lock"))


@pytest.mark.slow
def test_ctrl_c_while_a_stage_loads_is_a_line(project_copy):
    stage = Path("stages/plot.py")
    stage.write_text("import time\n\nprint('loading', flush=True)\ntime.sleep(600)\n" + stage.read_text())
    run = start("stages.plot", stdout=subprocess.PIPE)
    run.stdout.readline()
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode == -signal.SIGINT
    assert said == "\nstopped before it began: the same command starts again\n"
