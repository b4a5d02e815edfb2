import json
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

pytestmark = pytest.mark.slow

ROWS = {"0": 20_000, "10": 3_000, "2": 25_000, "3": 12_000}  # of each file, in the order of their names
ALL = sum(ROWS.values())


@pytest.fixture
def job(tiny_export, tmp_path, monkeypatch):
    """A function of options that returns the job to score a folder of files of ROWS, in groups of 7,000 rows."""
    monkeypatch.setenv("PYTHONPATH", str(tiny_export), prepend=os.pathsep)
    source = tmp_path / "shards"
    source.mkdir()
    first = 0
    for name, rows in ROWS.items():
        numbers = range(first, first := first + rows)
        texts = [f"{'so happy' if number % 3 else 'terrible'} {number}" for number in numbers]
        table = pa.table({"id": list(numbers), "text": texts})
        pq.write_table(table, source / f"{name}.parquet", row_group_size=7_000)

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
    shards = [pq.read_table(Path(job.source) / f"{name}.parquet") for name in ROWS]
    pq.write_table(pa.concat_tables(shards), folder / "all.parquet")
    task = Task(folder / "all.parquet", folder / "one.parquet", job.columns, job.model, None, False, False)
    score(task, resume=False)
    return pq.read_table(task.target).drop_columns("row")


def in_order(target: str) -> pa.Table:
    """Return the rows of a folder's files, one file after the other in the order of their names."""
    return pa.concat_tables([pq.read_table(path) for path in sorted(Path(target).iterdir())])


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
    assert score_folder(made, workers=2) == ALL
    thread.join()
    assert killed, "no worker was there to kill"
    scored = in_order(made.target)
    assert scored["id"].to_pylist() == list(range(ALL)), "no row is lost, none comes twice, none changes its place"
    assert scored.equals(expected(made, tmp_path))
    assert not Path(f"{made.target}.part").exists()


def test_a_bad_row_stops_or_is_kept(job, tmp_path):
    pq.write_table(pa.table({"id": [-1, -2], "text": ["so happy", None]}), Path(job().source) / "9.parquet")
    with pytest.raises(UserError, match=r"a row beside {'id': -2}: expected a text; found nothing; what .* is a part"):
        score_folder(job(), workers=1)
    made = job(target=str(tmp_path / "kept"), keep_bad=True, every=True)
    assert score_folder(made, workers=1) == ALL + 2
    last = in_order(made.target).slice(ALL).to_pylist()
    assert [row["error"] for row in last] == [None, "expected a text; found nothing"]
    assert last[1]["joy"] is None


def test_files_of_many_sizes_keep_their_order_whoever_is_done_first(job, tmp_path, monkeypatch):
    """Pieces of 100 rows, so that four workers end at different times."""
    monkeypatch.setattr(cluster, "PIECE", 100)
    monkeypatch.setattr(cluster, "ROWS_PER_FILE", 1_000)
    made = job()
    assert score_folder(made, workers=4) == ALL
    assert len(list(Path(made.target).iterdir())) > 10
    assert in_order(made.target)["id"].to_pylist() == list(range(ALL))


def test_json_lines_are_rows_too(job, tmp_path):
    folder = tmp_path / "lines"
    folder.mkdir()
    for first in range(0, 6_000, 2_000):
        rows = [json.dumps({"id": id, "text": "so happy"}) for id in range(first, first + 2_000)]
        (folder / f"{first}.jsonl").write_text("\n".join(rows) + "\n")
    made = job(source=str(folder))
    assert score_folder(made, workers=2) == 6_000
    assert in_order(made.target)["id"].to_pylist() == list(range(6_000))


def test_a_target_that_is_there_and_a_column_that_is_not_are_refused(job, tmp_path):
    (tmp_path / "scored").mkdir()
    with pytest.raises(UserError, match="is there already: remove it first"):
        score_folder(job(), workers=1)
    with pytest.raises(UserError, match="expected a column 'comment'; found id, text"):
        score_folder(job(target=str(tmp_path / "other"), columns=Columns("comment")), workers=1)
    assert cluster.ray.is_initialized() is False


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "expected files of Parquet or JSON lines with rows; found none"),
        ({"a.csv": "text\nso happy\n"}, "expected files of Parquet or JSON lines with rows; found none"),
        ({"a.parquet": "not one"}, r"found one that cannot be read \(ArrowInvalid: .*a\.parquet"),
        ({"a.jsonl": '{"text": "so happy"}\n', "b.jsonl": "no JSON\n"}, "^json.*Error: .*; what .* holds is a part"),
    ],
)
def test_a_folder_without_rows_that_can_be_read_is_refused(job, tmp_path, files, said):
    (tmp_path / "given").mkdir()
    for name, text in files.items():
        (tmp_path / "given" / name).write_text(text)
    with pytest.raises(UserError, match=said):
        score_folder(job(source=str(tmp_path / "given"), columns=Columns("text")), workers=1)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"source": "nowhere"}, "nowhere: expected a folder of Parquet or JSON lines; found none of that name"),
        ({"columns": Columns("text", ("row",))}, "the output would have two columns 'row'"),
        ({"columns": Columns("text", ("joy",)), "every": True}, "the output would have two columns 'joy'"),
        ({"model": Path("nowhere")}, "nowhere"),
    ],
)
def test_what_cannot_be_scored_is_refused_before_ray_starts(job, changed, said, monkeypatch):
    monkeypatch.setattr(cluster.ray, "init", lambda **_: pytest.fail("Ray was started"))
    with pytest.raises(UserError, match=said):
        score_folder(job(**changed), workers=1)
