"""Ways to damage a file, each a function of its path."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

Damage = Callable[[Path], None]


def removed(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def folder_in_its_place(path: Path) -> None:
    removed(path)
    path.mkdir()


def file_in_its_place(path: Path) -> None:
    removed(path)
    path.write_text("a file")


def emptied(path: Path) -> None:
    if path.is_dir():
        removed(path)
        path.mkdir()
    else:
        path.write_bytes(b"")


def cut(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def holds(content: bytes | str) -> Damage:
    """Return what puts other content into a file."""
    return lambda path: path.write_bytes(content.encode() if isinstance(content, str) else content)


def json_with(change: Callable[[dict], object]) -> Damage:
    """Return what changes a JSON file: `change` does so in place, or returns what stands there then."""

    def damage(path: Path) -> None:
        content = json.loads(path.read_text())
        other = change(content)
        path.write_text(json.dumps(content if other is None else other))

    return damage


def npz_with(**changes: Callable[[np.ndarray], np.ndarray] | None) -> Damage:
    """Return what changes arrays of an npz; None leaves one out."""

    def damage(path: Path) -> None:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file}
        for name, change in changes.items():
            if change is None:
                del arrays[name]
            else:
                arrays[name] = change(arrays[name].copy())
        np.savez(path, **arrays)

    return damage


def put(value: object) -> Callable[[np.ndarray], np.ndarray]:
    """Return what puts a value into the first cell of an array."""

    def change(array: np.ndarray) -> np.ndarray:
        array = array.astype(np.result_type(array, type(value))) if array.dtype.kind in "uf" else array
        array.flat[0] = value
        return array

    return change


def parquet_with(change: Callable) -> Damage:
    """Return what changes the table of a Parquet file."""
    return lambda path: pq.write_table(change(pq.read_table(path)), path)


def weights_with(change: Callable[[dict], dict]) -> Damage:
    """Return what changes the tensors of a safetensors file."""
    from safetensors.torch import load_file, save_file

    return lambda path: save_file(change(load_file(path)), path, {"format": "pt"})


def one_array(path: Path) -> None:
    """Put a single array, an npy, under the name of an npz."""
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    path.write_bytes(file.getvalue())


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 90868376\n"  # what Git LFS leaves
