import hashlib
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from emotions.data.corpus import Row, read_source, source_files
from emotions.errors import UserError
from emotions.progress import row_bar
from stages import prepare


def test_distribution_counts_each_label_of_each_row():
    splits = {split: prepare.Tally(3) for split in ("train", "validation", "test")}
    splits["train"].add([Row("a", (0, 2), "1"), Row("b", (0,), "2")], np.array([1, 2]))
    splits["test"].add([Row("c", (1,), "3")], np.array([3]))
    table = prepare.label_distribution(splits, ["joy", "anger", "neutral"])
    assert table["train"].tolist() == [2, 0, 1]
    assert table["validation"].tolist() == [0, 0, 0]
    assert table["test"].tolist() == [0, 1, 0]


def test_rows_are_written_as_they_stream(tmp_path, monkeypatch):
    monkeypatch.setattr(prepare, "CHUNK", 100)
    alive, most = 0, 0

    class Counted(Row):
        def __init__(self, *cells):
            nonlocal alive, most
            super().__init__(*cells)
            alive += 1
            most = max(most, alive)

        def __del__(self):
            nonlocal alive
            alive -= 1

    rows = (Counted(f"text {number}", (0,), str(number)) for number in range(5000))
    tally, none = prepare.Tally(1), np.array([], dtype=np.uint64)
    prepare.write_split(tmp_path / "rows.parquet", rows, tally, none, False, row_bar(5000, None))
    assert tally.rows == pq.ParquetFile(tmp_path / "rows.parquet").metadata.num_rows == 5000
    assert most <= 2 * 100 + 1, "a chunk, and the next one being read"


def test_metrics_of_the_tiny_source(tiny_project):
    metrics = json.loads((tiny_project / "metrics/prepare.json").read_text())
    assert metrics["rows"] == {"train": 56, "validation": 14, "test": 14}
    assert metrics["labels_per_row"]["train"] == pytest.approx((12 + 2 * 2) / 14, abs=1e-6)
    assert (metrics["commonest_label"], metrics["rarest_label"]) == ("joy", "neutral")
    assert metrics["imbalance_ratio"] == 24 / 16
    assert metrics["leaked_train_rows"] == metrics["dropped_train_rows"] == 0


def test_tables_keep_rows_and_their_order(tiny_project):
    table = pd.read_parquet(tiny_project / "data/prepared/validation.parquet")
    lines = (tiny_project / "data/raw/tiny/dev.tsv").read_text().splitlines()
    assert [f"{row.text}\t{','.join(map(str, row.labels))}\t{row.id}" for row in table.itertuples()] == lines
    assert json.loads((tiny_project / "data/prepared/labels.json").read_text()) == ["joy", "anger", "neutral"]
    train = hashlib.sha256((tiny_project / "data/raw/tiny/train.tsv").read_bytes()).hexdigest()
    assert json.loads((tiny_project / "data/prepared/source.json").read_text()) == {"train.tsv": train}


def test_leaked_rows_are_dropped_where_params_say_so(project_copy):
    first = (project_copy / "data/raw/tiny/train.tsv").read_text().splitlines()[0].split("\t")[0]
    with (project_copy / "data/raw/tiny/test.tsv").open("a") as file:
        file.write(f"{first.upper()}!\t0\tnew\n")
    params = project_copy / "params.yaml"
    params.write_text(params.read_text().replace("drop_leaked_train_rows: false", "drop_leaked_train_rows: true"))
    prepare.main()
    metrics = json.loads((project_copy / "metrics/prepare.json").read_text())
    assert metrics["dropped_train_rows"] == metrics["leaked_train_rows"] == 1
    assert metrics["rows"]["train"] == 55
    assert metrics["test_texts_in_train"] == 0


def test_a_leak_differs_in_case_and_punctuation_alone(project_copy):
    [first, second, *_] = (project_copy / "data/raw/tiny/train.tsv").read_text().splitlines()
    with (project_copy / "data/raw/tiny/dev.tsv").open("a") as file:
        file.write(f"{first.split(chr(9))[0].title()}?!\t0\tnew1\n{second.split(chr(9))[0]} more\t0\tnew2\n")
    prepare.main()
    metrics = json.loads((project_copy / "metrics/prepare.json").read_text())
    assert (metrics["leaked_train_rows"], metrics["dropped_train_rows"]) == (1, 0)
    assert (metrics["validation_texts_in_train"], metrics["test_texts_in_train"]) == (1, 0)


def test_an_id_that_stands_twice_changes_nothing(project_copy):
    before = (project_copy / "data/prepared/train.parquet").read_bytes()
    with (project_copy / "data/raw/tiny/test.tsv").open("a") as file:
        file.write("new text\t0\tt1\n")
    with pytest.raises(UserError, match=r"test\.tsv:15: .* id of its own; found 't1', also at .*train\.tsv:1"):
        prepare.main()
    assert (project_copy / "data/prepared/train.parquet").read_bytes() == before


def test_a_bad_row_changes_nothing(project_copy):
    before = (project_copy / "data/prepared/train.parquet").read_bytes()
    with (project_copy / "data/raw/tiny/dev.tsv").open("a") as file:
        file.write("no id\t0\n")
    with pytest.raises(UserError, match=r"dev\.tsv:15: expected 3 cells"):
        prepare.main()
    assert (project_copy / "data/prepared/train.parquet").read_bytes() == before


def test_a_row_without_a_label_is_refused_unless_params_keep_it(project_copy):
    with (project_copy / "data/raw/tiny/dev.tsv").open("a") as file:
        file.write("nothing fits\t\tnew\n")
    with pytest.raises(UserError, match=r"dev\.tsv:15: expected a label; .* -S prepare\.rows_without_labels=keep"):
        prepare.main()
    params = project_copy / "params.yaml"
    params.write_text(params.read_text().replace("rows_without_labels: refuse", "rows_without_labels: keep"))
    prepare.main()
    table = pd.read_parquet(project_copy / "data/prepared/validation.parquet")
    assert table["labels"].tolist()[-1].tolist() == []
    assert json.loads((project_copy / "metrics/prepare.json").read_text())["rows"]["validation"] == 15


def test_json_lines_give_the_tables_that_tsv_gives(project_copy):
    tables = {path: path.read_bytes() for path in (project_copy / "data/prepared").glob("*.parquet")}
    names, rows = read_source("tiny")
    for split, path in source_files("tiny", "jsonl").items():
        lines = [{"id": row.id, "text": row.text, "labels": [names[id] for id in row.labels]} for row in rows[split]]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        path.with_suffix(".tsv").unlink()
    params = project_copy / "params.yaml"
    params.write_text(params.read_text().replace("format: tsv", "format: jsonl"))
    prepare.main()
    assert {path: path.read_bytes() for path in (project_copy / "data/prepared").glob("*.parquet")} == tables


def test_a_split_that_no_label_parts_is_refused_before_training(project_copy):
    (project_copy / "data/raw/tiny/dev.tsv").write_text("the only row\t0\tnew\n")
    with pytest.raises(UserError, match=r"dev\.tsv: expected a label on some rows and not on others; found none such"):
        prepare.main()


def test_label_names_that_are_not_utf8_are_refused(project_copy):
    (project_copy / "data/labels/tiny.txt").write_bytes(b"joy\ncaf\xe9\nneutral\n")
    with pytest.raises(UserError, match=r"labels/tiny\.txt: expected UTF-8; found byte 0xe9"):
        prepare.main()


def test_a_label_never_trained_on_is_refused(project_copy):
    with (project_copy / "data/labels/tiny.txt").open("a") as file:
        file.write("pride\n")
    with pytest.raises(UserError, match="not so for pride"):
        prepare.main()
