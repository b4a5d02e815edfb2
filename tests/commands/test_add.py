import json
import re
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from emotions.data.corpus import read_source
from emotions.errors import UserError
from stages import prepare
from tests.tiny import TINY_TEXTS


@pytest.fixture
def rows(project_copy):
    """The tiny texts eight times over, told apart by a number, and their labels as people write them."""
    texts = [(text, ids.split(",")) for ids, of in TINY_TEXTS.items() for text in of]
    names = {"0": "joy", "1": "anger", "2": "neutral"}
    table = [(f"{text} {copy}", ";".join(names[id] for id in ids)) for copy in range(8) for text, ids in texts]
    return pd.DataFrame(table, columns=["comment", "tags"])


def test_a_spreadsheet_becomes_a_source_that_the_pipeline_reads(rows, call):
    rows.to_csv("own.csv", index=False)
    printed = call("add", "own", "--input", "own.csv", "--labels", "tags", "--separator", ";").splitlines()
    assert printed[:5] == [
        "own.csv: utf-8, a comma between cells, quotes around, a header",
        "  text    column comment",
        "  labels  names in column tags, ';' between them",
        "  ids     rows are numbered",
        "  first   'so happy today 0': joy",
    ]
    counts = re.fullmatch(r"add: data/raw/own: (\d+) \+ (\d+) \+ (\d+) rows, 3 labels, 1\.14 a row", printed[5])
    train, validation, test = map(int, counts.groups())
    assert train + validation + test == len(rows)
    assert printed[-2:] == ["run it:", "dvc exp run -S data.source=own -S data.format=jsonl"]
    params = Path("params.yaml")
    params.write_text(params.read_text().replace("source: tiny", "source: own").replace("format: tsv", "format: jsonl"))
    prepare.main()
    assert len(pd.read_parquet("data/prepared/train.parquet")) == train


def test_labels_that_differ_only_in_case_are_told(rows, call):
    rows.loc[::2, "tags"] = rows.loc[::2, "tags"].str.replace("joy", "Joy")
    rows.to_csv("own.csv", index=False)
    printed = call("add", "own", "--input", "own.csv", "--labels", "tags", "--separator", ";")
    assert "  spellings   labels that differ only in case: Joy, joy\n" in printed


def test_the_line_to_run_of_one_label_a_row_has_its_problem_and_its_loss(rows, call):
    rows[rows["tags"].isin(["joy", "anger", "neutral"])].to_csv("own.csv", index=False)
    assert call("add", "own", "--input", "own.csv").splitlines()[-1] == (
        "dvc exp run -S data.source=own -S data.format=jsonl -S problem.type=single_label_classification "
        "-S train.loss.name=cross_entropy"
    )


def test_the_line_to_run_keeps_rows_without_labels_and_finds_a_frequent_label(rows, call):
    for name in ("joy", "anger", "neutral"):
        rows[name] = rows["tags"].str.contains(name).astype(int)
    rows.loc[:9, ["joy", "anger", "neutral"]] = 0
    params = Path("params.yaml")
    params.write_text(params.read_text().replace("frequent_rows: 2", "frequent_rows: 10"))
    rows.drop(columns="tags").to_parquet("own.parquet")
    printed = call("add", "own", "--input", "own.parquet").splitlines()
    assert "  labels  columns of 0 and 1: joy, anger, neutral (3)" in printed
    assert "  no label    10 rows" in printed
    assert printed[-1].startswith(
        "dvc exp run -S data.source=own -S data.format=jsonl -S prepare.rows_without_labels=keep"
    )
    most = max(sum(label in row.labels for row in read_source("own")[1]["test"]) for label in range(3))
    assert printed[-1].endswith(f" -S scores.frequent_rows={most}")
    assert read_source("own")[0] == ["joy", "anger", "neutral"], "in the order of the columns"


def test_files_per_split_are_kept_as_they_are(rows, call):
    for split, part in (("train", rows[:80]), ("test", rows[80:])):
        part.to_json(f"{split}.jsonl", orient="records", lines=True)
    printed = call("add", "own", "--input", "train.jsonl", "--test", "test.jsonl", "--separator", ";")
    assert re.search(r"add: data/raw/own: \d+ \+ \d+ \+ 32 rows", printed)
    assert [row.text for row in read_source("own")[1]["test"]] == rows["comment"][80:].tolist()


def test_a_refusal_writes_nothing(rows, call):
    rows.to_csv("own.csv", index=False)
    with pytest.raises(UserError, match=r"own\.csv:14: expected one label or several, clearly; found 'joy;anger'"):
        call("add", "own", "--input", "own.csv")
    assert not Path("data/raw/own").exists()


@pytest.mark.slow
def test_labels_of_every_script_and_of_joined_emoji_run_through_to_pictures_and_answers(rows, call):
    family, persian = "\U0001f468\u200d\U0001f469\u200d\U0001f467", "می\u200cخواهم"
    for name, column in (("joy", family), ("anger", persian), ("neutral", " neutral")):
        rows[column] = rows["tags"].str.contains(name).astype(int)
    rows.drop(columns="tags").to_csv("own.csv", index=False)
    assert f"columns of 0 and 1: {family}, {persian}, neutral (3)" in call("add", "own", "--input", "own.csv")
    params = Path("params.yaml")
    params.write_text(params.read_text().replace("source: tiny", "source: own").replace("format: tsv", "format: jsonl"))
    for stage in ("prepare", "tokenize", "train", "evaluate", "threshold_sweep", "plot"):
        import_module(f"stages.{stage}").main()
    answered = json.loads(call("predict", "fine", "--all", "--json").splitlines()[-1])
    assert {one["label"] for one in answered["emotions"] + answered["below"]} == {family, persian, "neutral"}
    call("report", "workspace")
    assert family in Path("build/report.html").read_text(encoding="utf-8")
