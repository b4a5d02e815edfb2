"""A throw-away copy of the project on a source of comments, its first stages run."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ruamel.yaml import YAML

from emotions.data.corpus import LABELS, RAW
from emotions.params import PARAMS

SOURCES = ("goemotions", "starter")  # the first that is there
MADE_UP = "made-up"  # a source that benchmarks.growth_inputs writes


def source_here() -> str:
    return next(source for source in SOURCES if (RAW / source).is_dir())


@contextmanager
def workspace(source: str) -> Iterator[Path]:
    """Yield a folder with code, params on `source` and its label names if it is here; comments are the caller's."""
    with TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        for room in ("stages", "emotions"):
            shutil.copytree(room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
        params = YAML().load(PARAMS)
        params["data"]["source"] = source
        YAML().dump(params, folder / PARAMS)
        (folder / LABELS).mkdir(parents=True)
        if (names := LABELS / f"{source}.txt").is_file():
            shutil.copy(names, folder / LABELS)
        yield folder


def run_stage(folder: Path, stage: str) -> None:
    """Run a stage in the folder; raises CalledProcessError where it fails."""
    subprocess.run([sys.executable, "-m", f"stages.{stage}"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
