"""DVC's everyday commands in a fresh clone, without the large source and with it: each succeeds, none warns.

They start warm, but for those of the queue: its workers outlive the command that starts them.
"""

import re
import shlex
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.repository import git, name_author, ran, run

pytestmark = pytest.mark.slow

ANNOUNCED = "WARNING: This will remove all cache except items used in the workspace"  # what gc is for
LARGE = "data/raw/goemotions"


def say(folder: Path, command: str) -> str:
    """Return what a command prints on both outputs; it must succeed and warn of nothing."""
    done = run(folder, *shlex.split(command), warm="queue" not in command)
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{command}:\n{said}"
    lines = [line for line in said.splitlines() if not line.startswith(ANNOUNCED)]
    bad = [line for line in lines if re.search(r"\b(warning|error|failed|missing)\b", line, re.IGNORECASE)]
    assert not bad, f"{command}:\n{said}"
    return said


def undo(clone: Path) -> None:
    say(clone, "make undo DVC=dvc")
    assert_clean(clone)


def assert_clean(clone: Path) -> None:
    assert say(clone, "dvc status") == "Data and pipelines are up to date.\n"
    assert say(clone, "dvc data status") == "No changes.\n"
    assert git(clone, "status", "--porcelain") == ""


def remotes(clone: Path, folder: Path) -> None:
    """Give both DVC projects of a clone a remote."""
    for project, remote in ((".", "remote"), ("data/raw", "raw-remote")):
        say(clone, f"dvc --cd {project} remote add --local --default store {folder / remote}")


def wait_for(clone: Path, status: str) -> None:
    """Wait until every task of the queue has a status."""
    deadline = time.monotonic() + 300
    while True:
        listed = run(clone, "dvc", "queue", "status", warm=False).stdout
        tasks = [line for line in listed.splitlines()[1:] if line and not line.startswith("Worker")]
        if tasks and all(status in task for task in tasks):
            return
        assert time.monotonic() < deadline, listed
        time.sleep(0.5)


def kill(clone: Path, task: str) -> None:
    """Kill a task of the queue, again where DVC asks to: it refuses while it is still setting the task up."""
    deadline = time.monotonic() + 300
    while (done := run(clone, "dvc", "queue", "kill", task, warm=False)).returncode:
        assert "retry the kill" in done.stderr, done.stderr
        assert time.monotonic() < deadline, done.stderr
        time.sleep(0.5)


@pytest.fixture(scope="module")
def store(repository, tmp_path_factory) -> Path:
    """A folder with a remote of DVC's and a bare one of Git's, which hold what the repository holds."""
    folder = tmp_path_factory.mktemp("store")
    remotes(repository, folder)
    say(repository, "dvc push")
    say(repository, "dvc --cd data/raw push")
    git(folder, "clone", "--quiet", "--bare", str(repository), "bare.git")
    return folder


GROUPS = [
    pytest.param("without", marks=pytest.mark.xdist_group("everyday without")),
    pytest.param("with", marks=[pytest.mark.xdist_group("everyday with"), pytest.mark.long]),
]


@pytest.fixture(scope="module", params=GROUPS)
def clone(request, store, tmp_path_factory) -> Iterator[Path]:
    """A fresh clone after a run: on the small source without the large one, or on the large one."""
    folder = tmp_path_factory.mktemp(request.param) / "clone"
    git(store, "clone", "--quiet", str(store / "bare.git"), str(folder))
    name_author(folder)
    remotes(folder, store)
    say(folder, "dvc pull")
    if request.param == "with":
        say(folder, "dvc --cd data/raw pull")
        say(folder, "dvc exp run --set-param data.source=goemotions")
        git(folder, "commit", "--quiet", "--all", "--message", "A run on the large source")
    yield folder
    run(folder, "dvc", "queue", "stop", "--kill", warm=False)  # a worker whom a failed test left


def copied(clone: Path) -> str:
    """Return the option that brings the large source, which Git does not know, into a run outside the workspace."""
    source = yaml.safe_load((clone / "params.yaml").read_text())["data"]["source"]
    return f"-C {LARGE}" if source == "goemotions" else ""


def test_a_fresh_clone_is_clean_and_has_nothing_to_run(clone, request):
    assert (clone / LARGE).exists() == ("[with]" in request.node.name)
    assert ran(say(clone, "dvc repro")) == []
    assert_clean(clone)


def test_an_experiment_is_run_shown_saved_applied_and_left(clone):
    assert ran(say(clone, "dvc exp run --name low -S threshold_sweep.fixed=0.2")) != []
    assert "threshold_sweep.fixed" in say(clone, "dvc params diff")
    for command in ("metrics diff", "plots diff", "plots show", "exp diff", "diff"):
        say(clone, f"dvc {command}")
    assert "low" in say(clone, "dvc exp show")
    say(clone, "dvc exp save --name saved")
    undo(clone)
    say(clone, "dvc exp apply low")
    assert yaml.safe_load((clone / "params.yaml").read_text())["threshold_sweep"]["fixed"] == 0.2
    undo(clone)


def test_experiments_are_branched_renamed_pushed_pulled_and_removed(clone):
    say(clone, "dvc exp branch low winner")
    say(clone, "dvc exp rename saved kept")
    git(clone, "push", "--quiet", "origin", "HEAD")
    say(clone, "dvc exp push origin low kept")
    assert "kept" in say(clone, "dvc exp list origin")
    say(clone, "dvc exp remove low kept")
    say(clone, "dvc exp pull origin low")
    assert "low" in say(clone, "dvc exp list")
    say(clone, "git merge winner")
    say(clone, "dvc checkout")
    assert_clean(clone)


@pytest.mark.long  # tests/test_dvc.py has a queue without a kill
def test_experiments_run_outside_the_workspace_and_in_the_queue(clone):
    say(clone, f"dvc exp run --temp -S threshold_sweep.fixed=0.3 {copied(clone)}")
    say(clone, f"dvc exp run --queue --name grid -S threshold_sweep.fixed=0.35 {copied(clone)}")
    say(clone, "dvc queue start")
    wait_for(clone, "Success")
    assert "threshold-sweep: " in say(clone, "dvc queue logs grid")
    say(clone, "dvc queue remove --success")
    say(clone, f"dvc exp run --queue --name slow -S train.epochs=2000 {copied(clone)}")
    say(clone, "dvc queue start")
    wait_for(clone, "Running")
    kill(clone, "slow")
    wait_for(clone, "Failed")
    say(clone, "dvc queue remove --failed")
    assert "slow" not in say(clone, "dvc queue status")
    say(clone, "dvc queue stop --kill")
    assert_clean(clone)


def test_data_travel_to_another_clone(clone, store, tmp_path):
    say(clone, "dvc push")
    git(tmp_path, "clone", "--quiet", str(clone), "second")
    second = tmp_path / "second"
    remotes(second, store)
    say(second, "dvc fetch")
    say(second, "dvc pull")
    if copied(clone):
        say(second, "dvc --cd data/raw pull")
    assert ran(say(second, "dvc repro")) == []
    assert_clean(second)


def test_outputs_come_back_from_the_cache_and_unused_ones_go(clone):
    shutil.rmtree(clone / "data/model/classifier")
    say(clone, "dvc checkout")
    say(clone, "dvc gc --workspace --force")
    say(clone, "dvc gc --all-experiments --force")
    say(clone, "dvc exp remove --all-commits")
    assert_clean(clone)


def test_another_project_lists_gets_and_imports_what_this_one_made(clone, tmp_path):
    git(tmp_path, "init", "--quiet")
    say(tmp_path, "dvc init")
    assert "model" in say(tmp_path, f"dvc list {clone} data")
    say(tmp_path, f"dvc get {clone} data/model")
    say(tmp_path, f"dvc import {clone} data/model/thresholds.json")
    assert (tmp_path / "model/classifier/model.safetensors").is_file()


@pytest.mark.xdist_group("everyday without")
def test_a_tagged_model_is_had_whole_by_its_git_address_and_answers(store, repository, tmp_path):
    name_author(store / "bare.git")
    git(store / "bare.git", "tag", "--annotate", "emotions@v0.1.0", "--message", "A model")
    project, remote = (store / "bare.git").as_uri(), f"--remote store --remote-config url={store / 'remote'}"
    for command in (
        "artifacts get {} emotions --rev v0.1.0 {} --out",
        "get {} data/model --rev emotions@v0.1.0 {} --out",
    ):
        folder = tmp_path / command.split()[0]
        say(tmp_path, f"dvc {command.format(project, remote)} {folder}")
        assert {path.name for path in folder.iterdir()} == {"classifier", "thresholds.json"}
        answer = say(repository, f"python -m emotions predict --model {folder} 'so happy today'")
        assert answer.startswith("so happy today\n")
