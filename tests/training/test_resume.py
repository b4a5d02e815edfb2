import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from emotions.artifacts import sha256
from emotions.errors import UserError
from emotions.training.resume import RUN, WHOLE, begin, end, last_whole, run_folder, runs_folder

INPUTS = {"params.yaml: train.epochs": 3, "stages/train.py": "abc"}


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch) -> Path:
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_checkpoint(folder: Path, step: int, best: int | None = None) -> Path:
    """Write a whole checkpoint of a step, that needs the weights of the best epoch's step too."""
    checkpoint = folder / f"checkpoint-{step}"
    checkpoint.mkdir(parents=True)
    (checkpoint / "optimizer.pt").write_text(f"state after {step}")
    files = [checkpoint / "optimizer.pt"]
    if best:
        (folder / f"checkpoint-{best}").mkdir(exist_ok=True)
        files.append(folder / f"checkpoint-{best}/model.safetensors")
        files[-1].write_text("weights")
    (checkpoint / WHOLE).write_text(json.dumps({str(path.relative_to(folder)): sha256(path) for path in files}))
    return checkpoint


def cut_off(inputs: dict, *steps: int) -> Path:
    """Leave the folder of a run that was killed after checkpoints of these steps."""
    with run_folder(inputs) as folder:
        assert begin(folder, inputs) == []
        for step in steps:
            write_checkpoint(folder, step)
    return folder


def test_the_same_run_goes_on_from_the_last_checkpoint_and_drops_the_others(project):
    cut_off(INPUTS, 10, 20)
    with run_folder(INPUTS) as folder:
        (folder / "checkpoint-30").mkdir()  # of an epoch after it
        [said] = begin(folder, INPUTS)
        assert said.startswith("goes on after step 20, saved 2")
        assert {path.name for path in folder.iterdir()} == {"checkpoint-20", RUN}


def test_a_checkpoint_keeps_the_best_epoch_before_it(project):
    with run_folder(INPUTS) as folder:
        write_checkpoint(folder, 20, best=7)
        begin(folder, INPUTS)
        assert (folder / "checkpoint-7/model.safetensors").exists()


@pytest.mark.parametrize("damage", [lambda path: path.write_text("state"), Path.unlink])
@pytest.mark.parametrize("name", ["checkpoint-20/optimizer.pt", "checkpoint-7/model.safetensors"])
def test_a_checkpoint_with_a_damaged_file_gives_way_to_the_one_before(project, damage, name):
    with run_folder(INPUTS) as folder:
        write_checkpoint(folder, 10)
        write_checkpoint(folder, 20, best=7)
        damage(folder / name)
        first, second = begin(folder, INPUTS)
        assert first == f"a checkpoint is not used: {folder / name} is missing or not as it was written"
        assert second.startswith("goes on after step 10")


def test_no_checkpoint_is_whole_before_its_list_is_written(project):
    with run_folder(INPUTS) as folder:
        (write_checkpoint(folder, 10) / WHOLE).unlink()
        assert last_whole(folder) == (None, [])
        assert begin(folder, INPUTS) == []
    assert not folder.exists(), "nothing to go on from"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"params.yaml: train.epochs": 4}, "params.yaml: train.epochs changed from 3 to 4"),
        ({"stages/train.py": "def"}, "stages/train.py changed"),
    ],
)
def test_a_checkpoint_of_other_inputs_is_not_used_and_it_is_said_why(project, changed, said):
    old = cut_off(INPUTS, 10)
    with run_folder(INPUTS | changed) as folder:
        assert folder != old
        assert begin(folder, INPUTS | changed) == [f"a checkpoint of an earlier run is not used: {said}"]


def test_a_checkpoint_of_another_machine_is_not_used(project):
    cut_off(INPUTS, 10)
    with run_folder(INPUTS) as folder:
        (folder / RUN).write_text(json.dumps(INPUTS | {"machine: threads": 2}))
        said = begin(folder, INPUTS | {"machine: threads": 1})
        assert said == ["a checkpoint of an earlier run is not used: machine: threads changed from 2 to 1"]


def test_the_end_of_a_run_leaves_nothing_of_it_and_of_those_that_never_ended(project):
    cut_off(INPUTS | {"seed": 1}, 10)
    with run_folder(INPUTS) as folder:
        begin(folder, INPUTS)
        end(folder)
    assert list(project.glob("data/.*")) == []


def test_a_run_in_a_copy_of_the_project_keeps_checkpoints_in_the_project(project, tmp_path_factory, monkeypatch):
    old = cut_off(INPUTS | {"seed": 1}, 10)  # which may be of the same queue
    monkeypatch.setenv("DVC_ROOT", str(project))
    monkeypatch.chdir(tmp_path_factory.mktemp("copy"))
    with run_folder(INPUTS) as folder:
        assert folder.parent == old.parent
        begin(folder, INPUTS)
        end(folder)
    assert list(runs_folder().iterdir()) == [old]


HOLDER = """
import sys, time
from emotions.training.resume import run_folder
with run_folder({"seed": 1}):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.mark.slow
def test_two_trainings_of_the_same_inputs_do_not_share_a_folder(project):
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    other = subprocess.Popen([sys.executable, "-c", HOLDER], env=environment, stdout=subprocess.PIPE, text=True)
    other.stdout.readline()
    said = re.escape(f"a training of the same inputs is under way (process {other.pid})")
    with pytest.raises(UserError, match=said), run_folder({"seed": 1}):
        pass
    other.send_signal(signal.SIGKILL)
    other.wait()


def test_ctrl_c_says_where_the_same_command_goes_on(project):
    with pytest.raises(KeyboardInterrupt, match="the same command goes on after step 20"), run_folder(INPUTS) as folder:
        write_checkpoint(folder, 20)
        raise KeyboardInterrupt
