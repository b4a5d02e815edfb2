"""A throw-away copy of the project on a source of comments, its first stages run."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from emotions.data.corpus import LABELS, RAW
from emotions.params import PARAMS

SOURCES = ("goemotions", "starter")  # the first that is there


def source_here() -> str:
    return next(source for source in SOURCES if (RAW / source).is_dir())


@contextmanager
def workspace(source: str) -> Iterator[Path]:
    """Yield a folder with code, params on `source` and its label names; the comments are the caller's to lay."""
    with TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        for room in ("stages", "emotions"):
            shutil.copytree(room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
        params = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
        params["data"]["source"] = source
        (folder / PARAMS).write_text(yaml.safe_dump(params), encoding="utf-8")
        (folder / LABELS).mkdir(parents=True)
        shutil.copy(LABELS / f"{source}.txt", folder / LABELS)
        yield folder


def run_stage(folder: Path, stage: str) -> None:
    """Run a stage in the folder; raises CalledProcessError where it fails."""
    subprocess.run([sys.executable, "-m", f"stages.{stage}"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
