import io

import numpy as np
import pytest

from emotions.errors import UserError
from emotions.npz import read_arrays


def npz(**arrays) -> io.BytesIO:
    file = io.BytesIO()
    np.savez(file, **arrays)
    file.seek(0)
    return file


def test_named_arrays_are_read_in_the_order_asked_for_and_others_left():
    arrays = read_arrays(npz(b=[1], a=[2], c=[3]), ("a", "b"), "here", "again")
    assert {name: array.tolist() for name, array in arrays.items()} == {"a": [2], "b": [1]}
    assert list(arrays) == ["a", "b"]


def one_array() -> io.BytesIO:
    file = io.BytesIO()
    np.save(file, [1])
    file.seek(0)
    return file


@pytest.mark.parametrize(
    "file",
    [
        io.BytesIO(b""),
        io.BytesIO(b"PK\x03\x04"),
        io.BytesIO(b"version https://git-lfs.github.com/spec/v1\n"),
        io.BytesIO(npz(a=[1]).getvalue()[:100]),
        npz(b=[1]),
        npz(a=np.array([{"a": 1}], dtype=object)),
        one_array(),
    ],
    ids=["empty", "zip cut", "pointer", "cut", "lacking", "pickled", "one array"],
)
def test_what_is_no_such_file_is_one_sentence(file):
    with pytest.raises(UserError, match="^here: expected an npz file of a; found one that cannot be read .*; again$"):
        read_arrays(file, ("a",), "here", "again")


def test_a_missing_file_and_a_folder_in_its_place_are_named(tmp_path):
    for path in (tmp_path / "none.npz", tmp_path):
        with pytest.raises(UserError, match="here: expected an npz file of a; found none: again"):
            read_arrays(path, ("a",), "here", "again")
