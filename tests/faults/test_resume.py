import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import yaml

from tests.faults.conftest import hashes, leftovers, wait_for

pytestmark = pytest.mark.slow

EPOCHS = 8
STEPS = EPOCHS * 7  # 56 rows in batches of 8, and a checkpoint after each but an epoch's last
KINDS = [  # of training, taken in turn
    {},
    {"batching": "random", "weight_average": 0.9},
    {"best_epoch_by": "validation_loss", "merge_duplicates": True},
    {
        "oversampling": {"share": 0.9, "token_dropout": 0.2},
        "dropout": {"hidden": 0.2, "attention": 0.1, "mask": "token"},
    },
]


@pytest.fixture(scope="module")
def folder(tiny_project, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("resume") / "project"
    shutil.copytree(tiny_project, folder)
    return folder


@pytest.fixture(scope="module")
def undisturbed_training(folder, tiny_project, forks):
    """A function that sets params.train; it returns the hashes of what an undisturbed training leaves."""
    known = {}

    def run(values: dict) -> dict[str, str]:
        params = yaml.safe_load((tiny_project / "params.yaml").read_text(encoding="utf-8"))
        params["train"].update({"epochs": EPOCHS, "checkpoint_minutes": 1e-9} | values)
        (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
        if str(values) not in known:
            status, said = forks.run("train", folder)
            assert status == 0, said
            known[str(values)] = hashes(folder, "train")
        return known[str(values)]

    return run


def steps_saved(folder: Path) -> list[int]:
    return [int(path.parent.name.split("-")[1]) for path in folder.glob("data/.train/*/*/whole.json")]


def has_saved(folder: Path, step: int) -> bool:
    return max(steps_saved(folder), default=0) >= step


@pytest.fixture
def cut_off(folder, forks, chance):
    """A function that ends a training by a signal a moment after a step that chance picks, with checkpoints there."""

    def run(by: signal.Signals, checkpoints: int = 1) -> tuple[int, str]:
        for _ in range(20):
            shutil.rmtree(folder / "data/model/classifier", ignore_errors=True)  # as DVC does before a stage
            step = chance.randint(1, STEPS * 3 // 4)
            process = forks.start("train", folder)
            wait_for(partial(has_saved, folder, step))
            time.sleep(chance.uniform(0, 0.05))
            with contextlib.suppress(ProcessLookupError):  # it was faster
                os.kill(process, by)
            status = forks.wait()
            if len(steps_saved(folder)) >= checkpoints:
                return status, forks.said.read_text(encoding="utf-8")
        pytest.fail("never cut off at a moment when it had checkpoints")

    return run


@pytest.fixture
def goes_on(folder, forks):
    """A function that trains again: it must go on, to the bytes of an undisturbed training, and leave nothing else."""

    def run(expected: dict[str, str]) -> str:
        status, said = forks.run("train", folder)
        assert status == 0, said
        assert "train: goes on after step " in said
        assert hashes(folder, "train") == expected
        assert leftovers(folder) == []
        return said

    return run


def test_a_killed_training_ends_with_the_same_bytes(resume, undisturbed_training, cut_off, goes_on):
    expected = undisturbed_training(KINDS[resume % len(KINDS)])
    for _ in range(1 + resume % 2):
        cut_off(signal.SIGKILL)
    goes_on(expected)


def test_a_training_ended_by_ctrl_c_ends_with_the_same_bytes(undisturbed_training, cut_off, goes_on):
    expected = undisturbed_training({})
    status, said = cut_off(signal.SIGINT)
    assert status == 130
    assert "Traceback" not in said
    assert "stopped: nothing half-written is left under its final name\nthe same command goes on after step " in said
    goes_on(expected)


def test_a_checkpoint_cut_short_costs_the_steps_since_the_one_before(
    undisturbed_training, cut_off, goes_on, folder, chance
):
    expected = undisturbed_training({})
    cut_off(signal.SIGKILL, checkpoints=2)
    newest = max(
        (path.parent for path in folder.glob("data/.train/*/*/whole.json")), key=lambda path: path.stat().st_mtime
    )
    damaged = chance.choice([path for path in sorted(newest.iterdir()) if path.name != "whole.json"])
    damaged.write_bytes(damaged.read_bytes()[: damaged.stat().st_size // 2])
    assert f"{damaged.name} is missing or not as it was written" in goes_on(expected)


@pytest.mark.long
def test_two_processes_that_are_killed_end_with_the_same_bytes(undisturbed_training, folder, chance):
    expected = undisturbed_training({"epochs": 30, "processes": 2})
    stage = [sys.executable, "-m", "stages.train"]
    quiet = {"cwd": folder, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    for _ in range(2):
        shutil.rmtree(folder / "data/model/classifier", ignore_errors=True)
        running = subprocess.Popen(stage, **quiet)
        while len(list(folder.glob("data/.train/*/*/whole.json"))) < 2:
            time.sleep(chance.uniform(0.05, 1))
        running.kill()
        running.communicate()
    done = subprocess.run(stage, check=False, **quiet)
    assert done.returncode == 0, done.stdout
    assert "train: goes on after step " in done.stdout
    assert hashes(folder, "train") == expected
    assert leftovers(folder) == []
