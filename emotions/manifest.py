"""What a model's folder says of itself: the sha256 of each of its files, so that they belong together."""

from pathlib import Path

from emotions.artifacts import read_json, sha256, write_json
from emotions.errors import UserError

MODEL = Path("data/model/classifier")  # what the train stage makes
MANIFEST = "manifest.json"
WEIGHTS = "model.safetensors"  # of a folder that training wrote


def write_manifest(folder: Path, **about: object) -> None:
    """Write the hashes of the files that are in the folder now, with what else is to be said about it."""
    hashes = {path.name: sha256(path) for path in sorted(folder.iterdir()) if path.is_file()}
    write_json(folder / MANIFEST, {"sha256": hashes, **about})


def verify(folder: Path, needed: tuple[str, ...], mend: str) -> None:
    """Raise UserError, ending in what to do about it, unless the folder's files are those that its manifest names.

    `needed` are the names of files that have to be among them.
    """
    path = folder / MANIFEST
    content = read_json(path, "the hashes of the folder's files", mend)
    hashes = content.get("sha256") if isinstance(content, dict) else None
    if not isinstance(hashes, dict) or not set(needed) <= hashes.keys():
        raise UserError(f"{path}: expected the hashes of {', '.join(needed)}; found others: {mend}")
    for name, expected in hashes.items():
        directly_inside = Path(name).name == name and (folder / name).is_file()
        found = sha256(folder / name) if directly_inside else "no such file"
        if found != expected:
            raise UserError(f"{folder / name}: expected sha256 {expected}; found {found}: {mend}")
