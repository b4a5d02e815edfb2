"""Make .venv and install the pinned packages, once: `python3 -m emotions.install`; standard library only."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from emotions.errors import UserError, exit_in_words

VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"
PIP = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
STAMP = VENV / ".installed"
PINS = [Path("requirements.txt"), Path("requirements-use.txt"), Path("requirements-dev.txt"), Path("constraints.txt")]
OLDEST = (3, 11)
PLOT_PAGE = Path(".dvc/plot_page.html")
CPU_INDEX = "https://download.pytorch.org/whl/cpu"  # as pytorch.org/get-started/locally has it


class Build(NamedTuple):
    """A build of PyTorch: its name in a sentence, what the environment takes with it, what must be free to make it."""

    name: str
    gib: int
    free_gib: int  # with what pip downloads and unpacks on the way


BUILDS = {"cpu": Build("PyTorch's CPU build", 2, 3), "cuda": Build("PyTorch and CUDA's libraries", 6, 10)}


def main() -> None:
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        raise UserError(f"Python 3.11 or newer is needed; found {found}; name another: make PYTHON=python3.11")
    pins = hashlib.sha256(b"".join(path.read_bytes() for path in PINS)).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == pins and PYTHON.exists():
        note = "; TORCH is read when .venv is made: remove it first" if "TORCH" in os.environ else ""
        print(f"environment: .venv has every pinned package, nothing to install{note}")
        make_plot_page()
        return
    build = torch_build()
    announce(BUILDS[build])

    if not PYTHON.exists():
        print(f"environment: making {VENV}", flush=True)
        run([sys.executable, "-m", "venv", str(VENV)], "no .venv could be made; on Debian: apt install python3-venv")
    run(
        [str(PYTHON), "-c", f"import sys; sys.exit(sys.version_info < {OLDEST})"],
        f"{VENV} is of an older Python than {OLDEST[0]}.{OLDEST[1]}; remove it and run the same command again",
    )
    if build == "cpu":
        install_cpu_torch()
    packages = [part for path in PINS[:-1] for part in ("-r", str(path))]
    run(
        [*PIP, *packages],
        "the packages could not be installed (the reason stands above); mend it and run the same command again",
    )
    STAMP.write_text(pins)
    print("environment: installed into .venv")
    make_plot_page()


def torch_build() -> str:
    """Return `cpu` or `cuda`: what the variable TORCH says, else whether nvidia-smi finds a GPU."""
    asked = os.environ.get("TORCH")
    if asked:
        if asked not in BUILDS:
            raise UserError(f"TORCH={asked}: expected one of {', '.join(BUILDS)}")
        return asked
    if shutil.which("nvidia-smi") is None:
        return "cpu"
    return "cpu" if subprocess.run(["nvidia-smi"], stdout=subprocess.DEVNULL, check=False).returncode else "cuda"


def announce(build: Build) -> None:
    """Say how large the environment will be; raises UserError where the disk has no room for making it."""
    print(f"environment: {VENV} will take about {build.gib} GiB, with {build.name}", flush=True)
    free = shutil.disk_usage(".").free / 2**30
    if free < build.free_gib:
        raise UserError(
            f"no disk: installing needs {build.free_gib} GiB free, {free:.1f} GiB are; make room and try again"
        )


def install_cpu_torch() -> None:
    """Install the pinned PyTorch from its own index of CPU builds; where that fails, say what follows instead."""
    lines = PINS[0].read_text(encoding="utf-8").splitlines()
    pinned = [line.split()[0] for line in lines if line.startswith("torch==")]
    command = [*PIP, "--no-deps", "--retries", "1", "--index-url", CPU_INDEX, *pinned]
    if subprocess.run(command, check=False).returncode:
        print(
            f"environment: {CPU_INDEX} gave no PyTorch (the reason stands above); pip now takes it from where it takes "
            f"the other packages: the registry's build for Linux brings CUDA's libraries, about {BUILDS['cuda'].gib} "
            f"GiB in all, and wants {BUILDS['cuda'].free_gib} GiB free",
            flush=True,
        )


def make_plot_page() -> None:
    if not PLOT_PAGE.is_file():
        run([str(PYTHON), "-m", "emotions", "plot-page"], "the page for dvc plots diff could not be made")


def run(command: list[str], sentence: str) -> None:
    """Run a command; raises UserError with the sentence where it fails."""
    if subprocess.run(command, check=False).returncode:
        raise UserError(sentence)


if __name__ == "__main__":
    exit_in_words(main)
