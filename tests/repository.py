"""The tiny project as a Git and DVC repository, and the commands that people type in it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.tiny import ROOT
from tests.warm import programs

SIX = ["prepare", "tokenize", "train", "evaluate", "threshold-sweep", "plot"]
LEFT_OUT = ("results/", "metrics/", "plots/", "data/raw/starter/", "dvc.lock", "data/raw/dvc.lock")


def make_repository(folder: Path, finished: Path) -> None:
    """Fill a folder with a committed copy of the project on the tiny source and the outputs of a finished one."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().rstrip("\0").split("\0"):
        if (ROOT / name).is_file() and not name.startswith(LEFT_OUT):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    shutil.copytree(finished, folder, dirs_exist_ok=True)
    stand_in_for_goemotions(folder)
    git(folder, "init", "--quiet")
    name_author(folder)
    dvc(folder, "commit", "--force", "dvc.yaml")
    dvc(folder, "--cd", "data/raw", "repro")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "A run")


def stand_in_for_goemotions(project: Path) -> None:
    """Give the source goemotions other, tiny files, fetched from a folder beside the project as from an address."""
    served = project.parent / f"{project.name}-served"
    served.mkdir()
    files = {}
    for name in ("train.tsv", "dev.tsv", "test.tsv"):
        content = (project / "data/raw/tiny" / name).read_bytes().replace(b"\tt", b"\tg")
        (served / name).write_bytes(content)
        files[name] = {
            "url": (served / name).as_uri(),
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
        }
    (project / "data/sources/goemotions.json").write_text(json.dumps({"files": files}))
    shutil.copy(project / "data/labels/tiny.txt", project / "data/labels/goemotions.txt")
    (project / "data/labels/goemotions.groups.csv").unlink()


def name_author(folder: Path) -> None:
    git(folder, "config", "user.name", "Test")
    git(folder, "config", "user.email", "test@example.invalid")


def activated(warm: bool = True) -> dict[str, str]:
    """Return the environment of a shell in which this Python's is activated; its `python` and `dvc` start warm."""
    folders = [*([programs()] if warm else []), Path(sys.executable).parent, os.environ["PATH"]]
    return os.environ | {"PATH": os.pathsep.join(map(str, folders))}


def run(folder: Path, *command: str, warm: bool = True) -> subprocess.CompletedProcess:
    """Run a command in a folder with this Python's environment activated."""
    # files, not pipes: the worker that `dvc queue start` leaves behind would keep a pipe open until its tasks are done
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        done = subprocess.run(command, cwd=folder, env=activated(warm), stdout=stdout, stderr=stderr, check=False)
        done.stdout, done.stderr = (file.seek(0) or file.read() for file in (stdout, stderr))
    return done


def git(folder: Path, *arguments: str) -> str:
    """Return what a git command prints; it must succeed."""
    done = run(folder, "git", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_dvc(folder: Path, *arguments: str, warm: bool = True) -> subprocess.CompletedProcess:
    return run(folder, "dvc", *arguments, warm=warm)


def dvc(folder: Path, *arguments: str, warm: bool = True) -> str:
    """Return what a dvc command prints; it must succeed."""
    done = run_dvc(folder, *arguments, warm=warm)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ran(output: str) -> list[str]:
    """Return the stages that a dvc command ran."""
    return [line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage '")]
