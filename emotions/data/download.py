"""A source's files, downloaded and checked against pinned hashes."""

import json
import urllib.request
from http.client import HTTPException
from pathlib import Path

from tqdm import tqdm

from emotions.artifacts import atomic_write, sha256
from emotions.data.corpus import RAW, SOURCES
from emotions.errors import UserError
from emotions.params import refuse_path

TIMEOUT_SECONDS = 30
CHUNK = 1 << 16


def complete(folder: Path, files: dict[str, dict]) -> bool:
    """Return whether the folder holds every file with its pinned hash."""
    return all((folder / name).is_file() and sha256(folder / name) == file["sha256"] for name, file in files.items())


def download(url: str, target: Path, size: int) -> None:
    """Write what the URL serves, with a bar.

    Raises UserError where the network fails, where the bytes would come unencrypted, from the URL or from one that it
    leads to, and, before a disk is full, where they are more than `size`.
    """
    refuse_unencrypted(url)
    try:
        with (
            urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as response,
            target.open("wb") as file,
            tqdm(total=size, unit="B", unit_scale=True, desc=target.name) as bar,
        ):
            refuse_unencrypted(response.url)
            while chunk := response.read(CHUNK):
                if file.tell() + len(chunk) > size:
                    raise UserError(f"{url}: expected {size:,} bytes; found more; nothing was changed")
                file.write(chunk)
                bar.update(len(chunk))
    except (OSError, HTTPException) as error:
        raise UserError(
            f"{url} could not be downloaded ({error}); without network, pull it from a DVC remote that has it: "
            "dvc --cd data/raw remote add --local --default shared /absolute/path/of/the/remote && make data"
        ) from None


def refuse_unencrypted(url: str) -> None:
    """Raise UserError for a URL other than https; what is on this machine comes over no network."""
    if not url.startswith(("https://", "file://", "http://127.0.0.1:")):
        raise UserError(f"{url}: expected a URL that begins with https://")


def fetch(folder: Path, files: dict[str, dict]) -> None:
    """Put the files into the folder, all of them or, raising UserError, none; what was there before stays then."""
    with atomic_write(folder) as beside:
        beside.mkdir()
        for name, file in files.items():
            download(file["url"], beside / name, file["bytes"])
            found = sha256(beside / name)
            if found != file["sha256"]:
                raise UserError(f"{file['url']}: expected sha256 {file['sha256']}; found {found}; nothing was changed")


def fetch_source(source: str) -> str:
    """Put the files of data/sources/<source>.json into data/raw/<source> and say in words what was done.

    Raises UserError for an unknown source and as `fetch` does.
    """
    refuse_path(source)
    description = SOURCES / f"{source}.json"
    if not description.is_file():
        known = ", ".join(sorted(path.stem for path in SOURCES.glob("*.json")))
        raise UserError(f"{description}: expected the URLs and hashes of {source}; found none; known: {known}")
    files = json.loads(description.read_text(encoding="utf-8"))["files"]
    for name in files:
        refuse_path(name)
    folder = RAW / source

    if complete(folder, files):
        return f"{folder} is complete, every sha256 as pinned"
    fetch(folder, files)
    return f"{folder}: {len(files)} files, every sha256 as pinned"
