import os
import signal
import threading
import time
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("ray", reason="not installed: pip install -r requirements-ray.txt")

from emotions.errors import UserError
from emotions.inference import cluster
from emotions.inference.cluster import Job, score_folder
from emotions.inference.rows import Columns
from emotions.inference.scoring import Task, score

SHARDS, ROWS = 3, 20_000


@pytest.fixture
def job(tiny_export, tmp_path, monkeypatch):
    """A function of options that returns the job to score a folder of SHARDS files of ROWS rows."""
    monkeypatch.setenv("PYTHONPATH", str(tiny_export), prepend=os.pathsep)
    source = tmp_path / "shards"
    source.mkdir()
    for shard in range(SHARDS):
        numbers = range(shard * ROWS, (shard + 1) * ROWS)
        texts = [f"{'so happy' if number % 3 else 'terrible'} {number}" for number in numbers]
        pq.write_table(pa.table({"id": list(numbers), "text": texts}), source / f"{shard}.parquet")

    def made(**changed: object) -> Job:
        options = {
            "source": str(source),
            "target": str(tmp_path / "scored"),
            "columns": Columns("text", ("id",)),
            "model": tiny_export / "models/exported/int8",
            "policy": None,
            "every": False,
            "keep_bad": False,
        }
        return Job(**options | changed)

    return made


def expected(job: Job, folder: Path) -> pa.Table:
    """Return what one process without Ray says of the same rows."""
    pq.write_table(pq.read_table(job.source), folder / "all.parquet")
    task = Task(folder / "all.parquet", folder / "one.parquet", job.columns, job.model, None, False, False)
    score(task, resume=False)
    return pq.read_table(task.target).drop_columns("row")


def kill_a_worker(killed: list[int]) -> None:
    """Kill the first process that holds a Scorer, a moment after it appears."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for process in psutil.process_iter(["cmdline"]):
            if any("MapWorker(MapBatches(Scorer))" in part for part in process.info["cmdline"] or []):
                time.sleep(2)
                process.send_signal(signal.SIGKILL)
                killed.append(process.pid)
                return
        time.sleep(0.1)


def test_two_workers_of_which_one_is_killed_say_what_one_process_says(job, tmp_path):
    made, killed = job(), []
    thread = threading.Thread(target=kill_a_worker, args=(killed,))
    thread.start()
    assert score_folder(made, workers=2) == SHARDS * ROWS
    thread.join()
    assert killed, "no worker was there to kill"
    scored = pq.read_table(made.target)
    assert scored["id"].to_pylist() == list(range(SHARDS * ROWS)), "no row is lost, none comes twice"
    assert scored.equals(expected(made, tmp_path))
    assert not Path(f"{made.target}.part").exists()


def test_a_bad_row_stops_or_is_kept(job, tmp_path):
    pq.write_table(pa.table({"id": [-1, -2], "text": ["so happy", None]}), Path(job().source) / "9.parquet")
    with pytest.raises(UserError, match=r"a row beside {'id': -2}: expected a text; found nothing; what .* is a part"):
        score_folder(job(), workers=1)
    made = job(target=str(tmp_path / "kept"), keep_bad=True, every=True)
    assert score_folder(made, workers=1) == SHARDS * ROWS + 2
    last = pq.read_table(made.target).slice(SHARDS * ROWS).to_pylist()
    assert [row["error"] for row in last] == [None, "expected a text; found nothing"]
    assert last[1]["joy"] is None


def test_json_lines_are_rows_too(job, tmp_path):
    folder = tmp_path / "lines"
    folder.mkdir()
    (folder / "1.jsonl").write_text('{"id": 1, "text": "so happy"}\n{"id": 2, "text": "terrible"}\n')
    made = job(source=str(folder))
    assert score_folder(made, workers=1) == 2
    assert pq.read_table(made.target)["id"].to_pylist() == [1, 2]


def test_a_target_that_is_there_and_a_column_that_is_not_are_refused(job, tmp_path):
    (tmp_path / "scored").mkdir()
    with pytest.raises(UserError, match="is there already: remove it first"):
        score_folder(job(), workers=1)
    with pytest.raises(UserError, match="expected a column 'comment'; found id, text"):
        score_folder(job(target=str(tmp_path / "other"), columns=Columns("comment")), workers=1)
    assert cluster.ray.is_initialized() is False
