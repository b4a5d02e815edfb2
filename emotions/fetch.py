"""Download a source's files, checked against pinned hashes: `python -m emotions.fetch goemotions`."""

import argparse
import json
import urllib.request
from http.client import HTTPException
from pathlib import Path

from tqdm import tqdm

from emotions.artifacts import sha256, whole

SOURCES = Path("data/sources")
RAW = Path("data/raw")
TIMEOUT_SECONDS = 30
CHUNK = 1 << 16


class BadDownload(RuntimeError):
    """A file could not be fetched or is not the pinned one; the message says which and what to do."""


def complete(folder: Path, files: dict[str, dict]) -> bool:
    """Return whether the folder holds every file with its pinned hash."""
    return all((folder / name).is_file() and sha256(folder / name) == file["sha256"] for name, file in files.items())


def download(url: str, target: Path, size: int) -> None:
    """Write what the URL serves, with a bar; raises BadDownload where the network fails."""
    try:
        with (
            urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as response,
            target.open("wb") as file,
            tqdm(total=size, unit="B", unit_scale=True, desc=target.name) as bar,
        ):
            while chunk := response.read(CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
    except (OSError, HTTPException) as error:
        raise BadDownload(
            f"{url} could not be downloaded ({error}); without network, pull it from a DVC remote that has it: "
            "dvc remote add --local --default shared /absolute/path/of/the/remote && make data"
        ) from None


def fetch(folder: Path, files: dict[str, dict]) -> None:
    """Put the files into the folder, all of them or, raising BadDownload, none; what was there before stays then."""
    with whole(folder) as beside:
        beside.mkdir()
        for name, file in files.items():
            download(file["url"], beside / name, file["bytes"])
            found = sha256(beside / name)
            if found != file["sha256"]:
                raise BadDownload(
                    f"{file['url']}: expected sha256 {file['sha256']}; found {found}; nothing was changed"
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="a name in data/sources, such as goemotions")
    source = parser.parse_args().source
    description = SOURCES / f"{source}.json"
    if not description.is_file():
        known = ", ".join(sorted(path.stem for path in SOURCES.glob("*.json")))
        raise SystemExit(f"{description}: expected the URLs and hashes of {source}; found none; known: {known}")
    files = json.loads(description.read_text(encoding="utf-8"))["files"]
    folder = RAW / source

    if complete(folder, files):
        print(f"fetch: {folder} is complete, every sha256 as pinned")
        return
    try:
        fetch(folder, files)
    except BadDownload as error:
        raise SystemExit(str(error)) from None
    print(f"fetch: {folder}: {len(files)} files, every sha256 as pinned")


if __name__ == "__main__":
    main()
