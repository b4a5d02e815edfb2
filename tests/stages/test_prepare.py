import json

import pandas as pd
import pytest

from emotions.corpus import Row
from stages import prepare


def rows(*texts):
    return [Row(text, (0,), str(number)) for number, text in enumerate(texts)]


def test_a_leak_is_a_training_text_that_is_evaluated_on():
    train = rows("Thank you!", "thanks", "fine")
    assert prepare.leaked(train, rows("thank you", "nothing else")) == [True, False, False]


def test_distribution_counts_each_label_of_each_row():
    splits = {"train": [Row("a", (0, 2), "1"), Row("b", (0,), "2")], "test": [Row("c", (1,), "3")]}
    table = prepare.label_distribution(splits, ["joy", "anger", "neutral"])
    assert table["train"].tolist() == [2, 0, 1]
    assert table["test"].tolist() == [0, 1, 0]


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


def test_a_bad_row_changes_nothing(project_copy):
    before = (project_copy / "data/prepared/train.parquet").read_bytes()
    with (project_copy / "data/raw/tiny/dev.tsv").open("a") as file:
        file.write("no id\t0\n")
    with pytest.raises(SystemExit, match=r"dev\.tsv:15: expected 3 cells"):
        prepare.main()
    assert (project_copy / "data/prepared/train.parquet").read_bytes() == before


def test_a_label_never_trained_on_is_refused(project_copy):
    with (project_copy / "data/labels/tiny.txt").open("a") as file:
        file.write("pride\n")
    with pytest.raises(SystemExit, match="not so for pride"):
        prepare.main()
