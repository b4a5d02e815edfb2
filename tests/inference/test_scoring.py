import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from emotions import EmotionModel
from emotions.errors import UserError
from emotions.inference import scoring
from emotions.inference.predictions import load_predictions
from emotions.inference.rows import Columns
from emotions.inference.scoring import Task, grouped, score, shortest
from tests.tiny import TINY_LABELS


@pytest.fixture
def task(tiny_export, tmp_path):
    """A function of options that returns the task to score 40 comments of a CSV."""
    texts = [
        f"{text} {number}" for number in range(4) for text in ("so happy", "terrible", "the bus", "love", "hm")
    ] * 2
    source = tmp_path / "in.csv"
    source.write_text("id,text\n" + "".join(f"c{number},{text}\n" for number, text in enumerate(texts)))

    def made(target: str = "out.jsonl", **changed: object) -> Task:
        options = {
            "source": source,
            "target": tmp_path / target,
            "columns": Columns("text", ("id",)),
            "model": tiny_export / "models/exported/int8",
            "policy": None,
            "every": True,
            "keep_bad": False,
        }
        return Task(**options | changed)

    return made


@pytest.fixture
def small_pieces(monkeypatch):
    """Pieces of 8 rows in chunks of 3, so that 40 rows make five."""
    monkeypatch.setattr(scoring, "PIECE", 8)
    monkeypatch.setattr(scoring, "CHUNK", 3)


def rows_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_decisions_are_those_of_the_sweep_stage_on_all_of_test(tiny_project, tmp_path):
    """By the train stage's own folder, from the Parquet table that the prepare stage made."""
    task = Task(
        source=tiny_project / "data/prepared/test.parquet",
        target=tmp_path / "out.parquet",
        columns=Columns("text", ("id",)),
        model=tiny_project / "data/model",
        policy=None,
        every=True,
        keep_bad=False,
    )
    assert score(task, resume=False) == (14, 0)
    table = pq.read_table(task.target)
    made = load_predictions(tiny_project / "data/predictions/test.npz")
    chosen = json.loads((tiny_project / "data/model/thresholds.json").read_text())
    thresholds = np.array([chosen["policies"][chosen["policy"]][label] for label in made.labels])
    decided = [
        {label for label, on in zip(made.labels, row, strict=True) if on} for row in made.probability >= thresholds
    ]
    assert [set(emotions) for emotions in table["emotions"].to_pylist()] == decided
    assert table["id"].to_pylist() == made.ids.tolist()
    probability = np.stack([table[label].to_numpy() for label in TINY_LABELS], axis=1)
    assert probability == pytest.approx(made.probability, abs=1e-5)


def test_every_row_comes_once_in_its_order(task, small_pieces):
    made = task()
    assert score(made, resume=False) == (40, 0)
    rows = rows_of(made.target)
    assert [row["row"] for row in rows] == list(range(1, 41))
    assert [row["id"] for row in rows] == [f"c{number}" for number in range(40)]
    expected = EmotionModel.load(made.model).predict_proba([row["text"] for row in rows])
    got = np.array([[row["probabilities"][label] for label in TINY_LABELS] for row in rows], dtype=np.float32)
    assert got == pytest.approx(expected, abs=1e-6)
    assert not made.part.exists()


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_stop_at_any_piece_and_a_resume_give_the_same_bytes(task, small_pieces, monkeypatch, form):
    whole = task(f"whole.{form}")
    score(whole, resume=False)
    for finished in range(5):
        made = task(f"stopped-{finished}.{form}")
        write = scoring.Layout.write

        def stop(self, path, rows, finished=finished, write=write):
            if rows[0].number > 8 * finished:
                raise KeyboardInterrupt
            write(self, path, rows)

        with monkeypatch.context() as patched:
            patched.setattr(scoring.Layout, "write", stop)
            with pytest.raises(KeyboardInterrupt, match=f"keeps {8 * finished} scored rows: --resume"):
                score(made, resume=False)
        assert not made.target.exists()
        with pytest.raises(UserError, match="--resume goes on with it"):
            score(made, resume=False)
        assert score(made, resume=True) == (40, 0)
        assert made.target.read_bytes() == whole.target.read_bytes()
        assert not made.part.exists()


@pytest.mark.slow
def test_a_kill_loses_and_doubles_nothing(tiny_export, tmp_path):
    source, target = tmp_path / "in.txt", tmp_path / "out.csv"
    source.write_text("".join(f"so happy {number}\n" for number in range(60_000)))
    command = [sys.executable, "-m", "emotions", "score", "--input", source, "--output", target]
    command += ["--model", tiny_export / "models/exported/int8", "--resume"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, cwd=tiny_export, env=environment, stderr=subprocess.DEVNULL)
    part = tmp_path / "out.csv.part"
    deadline = time.monotonic() + 120
    while not (part.is_dir() and len(scoring.pieces_in(part)) >= 2):
        assert time.monotonic() < deadline
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not target.exists()
    done = subprocess.run(command, cwd=tiny_export, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = target.read_text().splitlines()
    assert [int(line.partition(",")[0]) for line in lines[1:]] == list(range(1, 60_001))


def test_a_resume_without_a_beginning_begins(task):
    made = task()
    assert score(made, resume=True) == (40, 0)


def test_pieces_of_another_call_are_not_gone_on_with(task, small_pieces, monkeypatch, tiny_export):
    made = task()
    with monkeypatch.context() as patched:
        patched.setattr(scoring.Layout, "write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            score(made, resume=False)
    for changed, said in (
        ({"policy": "fixed"}, "policy"),
        ({"every": False}, "every"),
        ({"keep_bad": True}, "keep_bad"),
        ({"columns": Columns("text")}, "columns"),
        ({"model": tiny_export / "models/exported/fp32"}, "model"),
    ):
        with pytest.raises(UserError, match=f"was begun with another {said}: remove it"):
            score(dataclasses.replace(made, **changed), resume=True)
    made.source.write_text(made.source.read_text() + "c41,more\n")
    with pytest.raises(UserError, match="was begun with another source"):
        score(made, resume=True)


def test_an_output_that_is_there_is_left_alone(task):
    made = task()
    made.target.write_text("mine")
    with pytest.raises(UserError, match="is there already, whole"):
        score(made, resume=False)
    assert made.target.read_text() == "mine"


def test_a_bad_row_is_named_before_anything_is_scored(task):
    made = task()
    made.source.write_text(made.source.read_text() + "c41\n")
    with pytest.raises(UserError, match=r"in.csv:42: expected 2 cells .*; --bad-rows keep scores the others"):
        score(made, resume=False)
    assert not made.target.exists()
    assert not made.part.exists()


def test_bad_rows_are_kept_in_their_place_with_their_error(task, small_pieces):
    made = task(keep_bad=True)
    lines = made.source.read_text().splitlines()
    for number in (2, 5, 6, 7, 8, 9, 10, 41):  # the second chunk has none that can be read
        lines[number - 1] = "broken"
    made.source.write_text("\n".join(lines) + "\n")
    assert score(made, resume=False) == (40, 8)
    rows = rows_of(made.target)
    assert [row["row"] for row in rows if row["error"]] == [1, 4, 5, 6, 7, 8, 9, 40]
    assert all(row["emotions"] is None and row["text"] is None for row in rows if row["error"])
    assert all(row["emotions"] is not None for row in rows if not row["error"])
    good = [row for row in rows if not row["error"]]
    expected = EmotionModel.load(made.model).predict([row["text"] for row in good])
    assert [list(row["emotions"]) for row in good] == [list(emotions) for emotions in expected]


def test_a_file_without_rows_is_refused(task):
    made = task()
    made.source.write_text("id,text\n")
    with pytest.raises(UserError, match="expected rows; found none"):
        score(made, resume=False)


def test_a_text_without_a_name_is_called_text(task, tmp_path):
    source = tmp_path / "in.txt"
    source.write_text("so happy\n")
    made = task(source=source, columns=Columns(None), every=False)
    score(made, resume=False)
    assert list(rows_of(made.target)[0]) == ["row", "text", "emotions"]


def test_groups_hold_every_item_once():
    assert list(grouped(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(grouped([], 2)) == []


def test_the_fewest_digits_give_the_same_float32():
    for value in np.random.default_rng(0).random(1000, dtype=np.float32):
        assert np.float32(shortest(value)) == value
    assert shortest(np.float32(0.1)) == 0.1
