import json

import pandas as pd
import pytest

from emotions.artifacts import atomic_write, write_json, write_table


def test_a_failure_keeps_what_was_there_and_leaves_nothing_beside(tmp_path):
    path = tmp_path / "metrics.json"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic_write(path) as beside:
        beside.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_whole(tmp_path):
    path = tmp_path / "tokens"
    path.mkdir()
    (path / "old").write_text("")
    with atomic_write(path) as beside:
        beside.mkdir()
        (beside / "new").write_text("")
    assert [file.name for file in path.iterdir()] == ["new"]


def test_json_is_sorted_and_rounded_unless_exact(tmp_path):
    path = tmp_path / "new folder" / "metrics.json"
    write_json(path, {"b": 1 / 3, "a": [1 / 3]})
    assert path.read_text() == '{\n  "a": [\n    0.333333\n  ],\n  "b": 0.333333\n}\n'
    write_json(path, {"b": 1 / 3}, digits=None)
    assert json.loads(path.read_text())["b"] == 1 / 3


def test_nan_is_refused_and_the_old_file_stays(tmp_path):
    path = tmp_path / "metrics.json"
    write_json(path, {"f1": 0.5})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"f1": float("nan")})
    assert json.loads(path.read_text()) == {"f1": 0.5}


def test_tables_have_six_digits(tmp_path):
    write_table(tmp_path / "curve.csv", pd.DataFrame({"x": [1], "y": [1 / 3]}))
    assert (tmp_path / "curve.csv").read_bytes() == b"x,y\n1,0.333333\n"
