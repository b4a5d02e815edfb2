"""Two commands at once, and what is left of one when the other is killed; only DVC's own processes are real here."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.faults.conftest import hashes, leftovers, stage_of, wait_for
from tests.faults.forks import STAGES
from tests.repository import dvc, git, run_dvc

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.fixture
def training(repository, start, undisturbed) -> Iterator[tuple[subprocess.Popen, psutil.Process]]:
    """`dvc repro --force train` and its stage, held while another command runs; afterwards all is as it was."""
    running = start("dvc", "repro", "--force", "--single-item", "train")
    lock = repository / "data/.train.lock"
    stage = psutil.Process(int(wait_for(lambda: lock.exists() and lock.read_text().strip())))
    stage.suspend()
    yield running, stage
    stage.resume()
    wait_for(lambda: not stage.is_running())
    running.communicate()
    dvc(repository, "repro")
    assert {stage: hashes(repository, stage) for stage in STAGES} == undisturbed
    assert git(repository, "status", "--porcelain") == ""
    assert leftovers(repository) == []


def test_a_second_repro_is_told_to_wait(repository, training):
    done = run_dvc(repository, "repro")
    assert done.returncode != 0
    assert "Traceback" not in done.stdout + done.stderr


def test_a_second_training_is_told_which_process_to_wait_for(repository, training):
    done = subprocess.run(
        [sys.executable, "-m", "stages.train"], cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"train runs in this folder already (process {training[1].pid})")


def test_a_sweep_beside_a_training_does_no_harm(repository, training):
    done = subprocess.run(
        [sys.executable, "-m", "stages.threshold_sweep"], cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [["report", "HEAD"], ["compare", "HEAD", "HEAD"]])
def test_reading_beside_a_training_does_no_harm(repository, training, command):
    done = subprocess.run(
        [sys.executable, "-m", "emotions", *command], cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def kill(running: subprocess.Popen) -> None:
    running.kill()
    running.wait()  # else DVC takes the dead process for one that runs


def test_a_training_whose_dvc_is_killed_keeps_its_folder_to_itself(repository, training):
    running, stage = training
    kill(running)
    done = run_dvc(repository, "repro", "--force", "--single-item", "train")
    assert done.returncode != 0
    assert f"train runs in this folder already (process {stage.pid})" in done.stdout + done.stderr


def test_a_training_whose_dvc_is_killed_does_no_harm_to_what_dvc_has_in_its_cache(repository, training):
    running, _ = training
    kill(running)
    assert "Stage 'train' is cached - skipping run" in dvc(repository, "repro")


def test_a_training_in_a_copy_goes_on_in_the_next_copy(repository, start):
    settings = ["dvc", "exp", "run", "--temp", "-S", "train.epochs=20", "-S", "train.checkpoint_minutes=1e-9"]
    running = start(*settings)
    wait_for(lambda: list(Path(repository).glob("data/.train/*/*/whole.json")))
    stage_of("train", running).kill()
    running.communicate()
    output, _ = start(*settings).communicate()
    assert "train: goes on after step " in output
    assert leftovers(repository) == []
