"""Make .venv and install the pinned packages, once: `python3 -m emotions.install`; standard library only."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from emotions.errors import UserError, exit_in_words

VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".installed"
PINS = [Path("requirements.txt"), Path("requirements-use.txt"), Path("requirements-dev.txt"), Path("constraints.txt")]
OLDEST = (3, 11)
PLOT_PAGE = Path("build/plot_page.html")  # what .dvc/config names
DISK_GIB = 3  # the environment with PyTorch's CPU build takes 2.0 GiB, pip's downloads the rest


def main() -> None:
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        raise UserError(f"Python 3.11 or newer is needed; found {found}; name another: make PYTHON=python3.11")
    pins = hashlib.sha256(b"".join(path.read_bytes() for path in PINS)).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == pins and PYTHON.exists():
        print("environment: .venv has every pinned package, nothing to install")
        make_plot_page()
        return
    free = shutil.disk_usage(".").free / 2**30
    if free < DISK_GIB:
        raise UserError(f"no disk: installing needs {DISK_GIB} GiB free, {free:.1f} GiB are; make room and try again")

    if not PYTHON.exists():
        print(f"environment: making {VENV}", flush=True)
        run([sys.executable, "-m", "venv", str(VENV)], "no .venv could be made; on Debian: apt install python3-venv")
    run(
        [str(PYTHON), "-c", f"import sys; sys.exit(sys.version_info < {OLDEST})"],
        f"{VENV} is of an older Python than {OLDEST[0]}.{OLDEST[1]}; remove it and run the same command again",
    )
    packages = [part for path in PINS[:-1] for part in ("-r", str(path))]
    run(
        [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *packages],
        "the packages could not be installed (the reason stands above); mend it and run the same command again",
    )
    STAMP.write_text(pins)
    print("environment: installed into .venv")
    make_plot_page()


def make_plot_page() -> None:
    if not PLOT_PAGE.is_file():
        run([str(PYTHON), "-m", "emotions", "plot-page"], "the page for dvc plots diff could not be made")


def run(command: list[str], sentence: str) -> None:
    """Run a command; raises UserError with the sentence where it fails."""
    if subprocess.run(command, check=False).returncode:
        raise UserError(sentence)


if __name__ == "__main__":
    exit_in_words(main)
