"""The tiny project, finished, for faults: what an undisturbed run made of it, and how long each stage took."""

import hashlib
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import psutil
import pytest
import yaml

from tests.faults.forks import STAGES, Forks
from tests.repository import activated
from tests.tiny import ROOT

T = TypeVar("T")
TRIED = {  # in the short form, as a part of the whole suite, and in the long one
    "moment": (range(1), range(7)),  # at which a stage is killed; six stages
    "resume": (range(1), range(12)),  # trainings that are killed
    "pages": ([1], [0, 1, 3, 9]),  # that a full disk has left
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for argument, values in TRIED.items():
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, values[metafunc.config.getoption("--long")])


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Random numbers that are a test's own, the same each time that it runs."""
    return random.Random(request.node.nodeid)


@pytest.fixture
def start(repository: Path) -> Iterator[Callable[..., subprocess.Popen]]:
    """A function that starts a command in the repository; whatever still runs in the end is killed."""
    started = []

    def run(*command: str) -> subprocess.Popen:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        own = {"cwd": repository, "env": activated(warm=False), "start_new_session": True}  # to be killed with its own
        started.append(subprocess.Popen(command, **own, **streams))
        return started[-1]

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def outputs_of(stage: str) -> list[Path]:
    """Return what dvc.yaml says that a stage makes, relative to the project."""
    declaration = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"][stage.replace("_", "-")]
    entries = [entry for kind in ("outs", "metrics", "plots") for entry in declaration.get(kind, [])]
    return [Path(path) for entry in entries for path in ([entry] if isinstance(entry, str) else entry)]


def hashes(project: Path, stage: str) -> dict[str, str]:
    """Return the sha256 of each file that a stage has made in a project."""
    paths = [project / output for output in outputs_of(stage)]
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()]
    return {str(file.relative_to(project)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def leftovers(project: Path) -> list[Path]:
    """Return what stands beside outputs: halves, what was moved aside, locks, checkpoints."""
    return [path for folder in ("data", "metrics", "plots") for path in (project / folder).glob(".*")]


def wait_for(condition: Callable[[], T]) -> T:
    """Return what a condition gives as soon as that is true."""
    deadline = time.monotonic() + 300
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def stage_of(name: str, process: subprocess.Popen) -> psutil.Process | None:
    """Return the Python that runs a stage for a dvc command, if it is there."""
    with suppress(psutil.NoSuchProcess):  # one that ended while it was looked at
        for child in psutil.Process(process.pid).children(recursive=True):
            if child.cmdline()[-1:] == [f"stages.{name}"]:
                return child
    return None


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """Stages that start at once."""
    forks = Forks(ROOT, tmp_path_factory.mktemp("forks") / "said")
    yield forks
    forks.close()


@pytest.fixture(scope="session")
def undisturbed(tiny_project: Path) -> dict[str, dict[str, str]]:
    """The hashes of what each stage makes."""
    return {stage: hashes(tiny_project, stage) for stage in STAGES}


@pytest.fixture(scope="module")
def workspace(tiny_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the finished project, in which each fault is survived before the next."""
    folder = tmp_path_factory.mktemp("faults") / "project"
    shutil.copytree(tiny_project, folder)
    return folder


@pytest.fixture(scope="session")
def seconds(forks: Forks, tiny_project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """How long each stage takes, undisturbed."""
    folder = tmp_path_factory.mktemp("seconds") / "project"
    shutil.copytree(tiny_project, folder)
    took = {}
    for stage in STAGES:
        began = time.monotonic()
        status, said = forks.run(stage, folder)
        took[stage] = time.monotonic() - began
        assert status == 0, said
    return took


@pytest.fixture
def survived(forks: Forks, undisturbed: dict) -> Callable[[str, Path], None]:
    """A function that runs a stage again after a fault: it must leave what an undisturbed run does, nothing beside."""

    def run(stage: str, project: Path) -> None:
        status, said = forks.run(stage, project)
        assert status == 0, said
        assert hashes(project, stage) == undisturbed[stage]
        assert leftovers(project) == []

    return run
