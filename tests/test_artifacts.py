import json
import os
import random
import subprocess
import sys
import time

import pandas as pd
import pytest

from emotions.artifacts import atomic_write, recover, write_json, write_table
from tests.tiny import ROOT


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


def dead_process() -> int:
    """Return the number of a process that has ended."""
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


def test_a_folder_moved_aside_by_a_killed_write_comes_back(tmp_path):
    path = tmp_path / "model"
    dead = dead_process()
    (tmp_path / f".model.{dead}.old").mkdir()
    (tmp_path / f".model.{dead}.old/weights").write_text("earlier")
    (tmp_path / f".model.{dead}.new").mkdir()
    recover(path)
    assert (path / "weights").read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_what_killed_writes_left_goes_with_the_next_write(tmp_path):
    path = tmp_path / "model"
    path.mkdir()
    dead = dead_process()
    (tmp_path / f".model.{dead}.old").mkdir()
    (tmp_path / f".model.{dead}.new").write_text("half")
    with atomic_write(path) as beside:
        beside.mkdir()
        (beside / "weights").write_text("now")
    assert (path / "weights").read_text() == "now"
    assert list(tmp_path.iterdir()) == [path]


def test_what_another_process_writes_and_what_belongs_to_another_output_is_left_alone(tmp_path):
    others = {tmp_path / f".model.{os.getppid()}.new", tmp_path / f".model.onnx.{dead_process()}.old"}
    for other in others:
        other.write_text("")
    (tmp_path / ".model.notes.new").write_text("a person's")
    recover(tmp_path / "model")
    assert set(tmp_path.iterdir()) == {*others, tmp_path / ".model.notes.new"}


WRITER = """
import sys
from pathlib import Path
from emotions.artifacts import atomic_write
for number in range(10**9):
    with atomic_write(Path("table.csv")) as beside:
        beside.write_text("whole" * 1000)
    with atomic_write(Path("model")) as beside:
        beside.mkdir()
        (beside / "weights").write_text("whole" * 1000)
    if number == 0:
        print("written", flush=True)
"""


@pytest.mark.parametrize("moment", range(5))
def test_a_kill_at_any_moment_loses_neither_file_nor_folder(tmp_path, moment):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    writer = subprocess.Popen([sys.executable, "-c", WRITER], cwd=tmp_path, env=environment, stdout=subprocess.PIPE)
    writer.stdout.readline()
    time.sleep(random.uniform(0, 0.05))
    writer.kill()
    writer.wait()
    assert (tmp_path / "table.csv").read_text() == "whole" * 1000
    recover(tmp_path / "table.csv")
    recover(tmp_path / "model")
    assert (tmp_path / "model/weights").read_text() == "whole" * 1000
    assert {path.name for path in tmp_path.iterdir()} == {"table.csv", "model"}


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


def test_in_a_folder_that_is_not_there_nothing_is_to_recover(tmp_path):
    recover(tmp_path / "absent" / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_table_with_a_carriage_return_is_read_back_as_it_was(tmp_path):
    table = pd.DataFrame({"id": ["a", "b"], "text": ["one\rtwo", 'three\n"four"'], "score": [0.5, 1.0]})
    write_table(tmp_path / "table.csv", table)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "table.csv"), table)
