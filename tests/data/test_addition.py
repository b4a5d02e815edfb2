import json
from pathlib import Path

import pytest

from emotions.data import addition
from emotions.data.addition import Wishes, add
from emotions.data.columns import Asked, plan
from emotions.data.corpus import read_source
from emotions.errors import UserError


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A function that writes rows, adds them as the source `own` and returns what it came to."""
    monkeypatch.chdir(tmp_path)

    def added(rows, asked=(), drop_empty=False, drop_unlabelled=False, min_rows=0, seed=42):
        inputs = {}
        for name, part in (rows if isinstance(rows, dict) else {"inputs": rows}).items():
            path = Path(f"{name}.jsonl")
            path.write_text("".join(json.dumps(row) + "\n" for row in part))
            inputs[name] = [str(path)]
        return add("own", plan(Asked(**inputs, **dict(asked))), Wishes(drop_empty, drop_unlabelled, min_rows, seed))

    return added


def rows_of(count: int, labels: list[str], text: str = "text") -> list[dict]:
    return [{"text": f"{text} {number}", "label": labels[number % len(labels)]} for number in range(count)]


def test_rows_without_a_split_are_drawn_and_every_row_is_kept(source):
    rows = rows_of(100, ["joy", "anger"])
    added = source(rows)
    assert added.rows == {"train": 80, "validation": 10, "test": 10}
    assert {split: support.tolist() for split, support in added.support.items()} == {
        "train": [40, 40],
        "validation": [5, 5],
        "test": [5, 5],
    }
    names, splits = read_source("own")
    assert names == added.names == ["anger", "joy"]
    written = {(row.id, row.text, names[row.labels[0]]) for part in splits.values() for row in part}
    assert written == {(str(number), row["text"], row["label"]) for number, row in enumerate(rows, start=1)}
    assert sorted(path.name for path in Path("data/raw").iterdir()) == ["own"]
    assert sorted(path.name for path in Path("data/raw/own").iterdir()) == ["dev.jsonl", "test.jsonl", "train.jsonl"]


def test_the_seed_draws_the_split(source, tmp_path):
    def drawn(seed):
        added = source(rows_of(100, ["joy", "anger"]), seed=seed)
        content = Path("data/raw/own/test.jsonl").read_bytes()
        for path in (*added.folder.iterdir(), Path("data/labels/own.txt")):
            path.unlink()
        added.folder.rmdir()
        return content

    assert drawn(1) == drawn(1) != drawn(2)


def test_rows_of_one_text_stay_on_one_side(source):
    rows = [row for row in rows_of(50, ["joy", "anger"]) for _ in range(2)]
    for number, row in enumerate(rows):
        rows[number] = row | {"text": row["text"].upper() + "!" * (number % 2)}
    added = source(rows)
    assert added.train_duplicates == added.rows["train"] / 2
    assert added.texts_in_train == {"validation": 0, "test": 0}


def test_a_column_says_the_split(source):
    splits = ["train", "dev", "Test"]
    rows = [row | {"split": splits[number // 2 % 3]} for number, row in enumerate(rows_of(12, ["joy", "anger"]))]
    assert source(rows).rows == {"train": 4, "validation": 4, "test": 4}
    assert [row.text for row in read_source("own")[1]["validation"]] == ["text 2", "text 3", "text 8", "text 9"]


def test_a_split_of_another_name_is_refused_with_its_line(source):
    rows = [row | {"split": "train"} for row in rows_of(3, ["joy", "anger"])]
    rows[2]["split"] = "later"
    with pytest.raises(UserError, match=r"jsonl:3: expected a split, train, validation or test; found 'later'"):
        source(rows)


def test_the_split_that_is_missing_is_drawn_from_train_alone(source):
    test = rows_of(20, ["joy", "anger"], "test text")
    added = source({"inputs": rows_of(90, ["joy", "anger"]), "test": test})
    assert added.rows == {"train": 80, "validation": 10, "test": 20}
    assert [row.text for row in read_source("own")[1]["test"]] == [row["text"] for row in test]


def test_lists_of_labels_and_rows_without_any(source):
    rows = [{"text": f"text {number}", "tags": [["a"], ["b", "c"], [], ["a", "c"]][number % 4]} for number in range(80)]
    added = source(rows)
    assert (added.names, added.unlabelled, added.one_label) == (["a", "b", "c"], 20, False)


def test_labels_of_numbers_keep_their_order_and_unused_ones_are_left_out(source, tmp_path):
    (tmp_path / "names.txt").write_text("zeal\njoy\nanger\n")
    rows = [{"text": f"text {number}", "label": number % 2} for number in range(40)]
    added = source(rows, {"label_names": tmp_path / "names.txt"})
    assert (added.names, added.labels_left_out) == (["zeal", "joy"], ["anger"])


def test_labels_on_too_few_training_rows_are_left_out_where_somebody_says_so(source):
    splits = {
        "inputs": [{"text": f"t{number}", "tags": [["a"], ["b"], ["a", "b"]][number % 3]} for number in range(30)],
        "validation": [{"text": "v1", "tags": ["a"]}, {"text": "v2", "tags": ["b", "rare"]}],
        "test": [{"text": "e1", "tags": ["rare"]}, {"text": "e2", "tags": ["a"]}],
    }
    with pytest.raises(UserError, match="expected each label on a training row; found none with rare; .*--min-rows 1"):
        source(splits)
    added = source(splits, min_rows=1)
    assert (added.names, added.labels_left_out, added.unlabelled) == (["a", "b"], ["rare"], 1)
    assert [row.labels for row in read_source("own")[1]["test"]] == [(), (0,)]


def test_rows_left_without_a_label_go_where_somebody_says_so(source):
    splits = {
        "inputs": [{"text": f"t{number}", "tags": [["a"], ["b"], ["a", "b"]][number % 3]} for number in range(30)],
        "validation": [{"text": "v1", "tags": ["a"]}, {"text": "v2", "tags": ["b", "rare"]}],
        "test": [{"text": "e1", "tags": ["rare"]}, {"text": "e2", "tags": ["a"]}, {"text": "e3", "tags": ["b"]}],
    }
    added = source(splits, drop_unlabelled=True, min_rows=1)
    assert (added.rows["test"], added.unlabelled, added.support["test"].tolist()) == (2, 0, [1, 1])
    assert len(read_source("own")[1]["test"]) == 2


def test_rows_without_a_text_or_a_label_are_refused_or_left_out(source):
    rows = rows_of(40, ["joy", "anger"])
    rows[1] = {"text": " ", "label": "joy"}
    rows[2] = {"text": "text", "label": None}
    with pytest.raises(UserError, match=r"jsonl:2: expected a text; found none; .* --drop-empty"):
        source(rows)
    with pytest.raises(UserError, match=r"jsonl:3: expected a label; found none; .* --drop-unlabelled"):
        source(rows, drop_empty=True)
    added = source(rows, drop_empty=True, drop_unlabelled=True)
    assert added.rows_left_out == {"without text": 1, "without a label": 1}
    assert sum(added.rows.values()) == 38


def test_columns_of_0_and_1_that_are_all_empty_are_of_a_row_that_nobody_labelled(source):
    rows = [{"text": f"text {number}", "toxic": number % 2, "rude": number // 2 % 2} for number in range(80)]
    rows[4] = {"text": "text 4", "toxic": None, "rude": None}
    with pytest.raises(UserError, match=r"jsonl:5: expected a label; found none; .* --drop-unlabelled"):
        source(rows)
    rows[4]["toxic"] = 1
    with pytest.raises(UserError, match=r"jsonl:5: expected 0 or 1 in column rude; found ''"):
        source(rows)
    rows[4]["toxic"] = None
    added = source(rows, drop_unlabelled=True)
    assert added.rows_left_out == {"without text": 0, "without a label": 20}, "nineteen of them with a 0 everywhere"


def test_an_id_that_stands_twice_is_refused_with_both_places(source):
    rows = [row | {"id": f"a{number}"} for number, row in enumerate(rows_of(40, ["joy", "anger"]))]
    rows[7]["id"] = "a3"
    with pytest.raises(
        UserError, match=r"jsonl:8: expected an id of its own; found 'a3', also at .*jsonl:4; .*--id none"
    ):
        source(rows)
    assert source(rows, {"id": "none"}).rows["train"] == 32


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "fine", "label": "joy", "id": "two words"}, r"jsonl:41: expected a comment id without spaces"),
        ({"text": "half \ud83d", "label": "joy", "id": "a"}, r"jsonl:41: expected whole characters"),
        ({"text": "fine", "label": "two\nlines", "id": "a"}, r"jsonl:41: .* label name of characters that show"),
    ],
)
def test_a_row_that_no_source_can_hold_is_refused_with_its_line(source, row, said):
    rows = [one | {"id": f"b{number}"} for number, one in enumerate(rows_of(40, ["joy", "anger"]))]
    with pytest.raises(UserError, match=said):
        source([*rows, row])
    assert not Path("data/raw/own").exists()
    assert not list(Path("data/raw").iterdir()), "nothing half-written lies beside"
    assert not Path("data/labels").exists()


def test_what_nothing_can_be_learned_from_is_refused(source):
    with pytest.raises(UserError, match="expected two labels, or rows without one; found joy on every training row"):
        source(rows_of(40, ["joy"]))
    with pytest.raises(UserError, match="on some validation rows and not on others; found none in 1 rows"):
        source(
            {"inputs": rows_of(40, ["joy", "anger"]), "validation": rows_of(1, ["joy"]), "test": rows_of(9, ["joy"])}
        )
    with pytest.raises(UserError, match="expected training rows; found none"):
        source([row | {"split": "test"} for row in rows_of(40, ["joy", "anger"])])


def test_a_column_of_texts_is_no_column_of_labels(source, monkeypatch):
    monkeypatch.setattr(addition, "MOST_LABELS", 30)
    with pytest.raises(UserError, match="column label: expected at most 30 different labels; found more"):
        source([{"text": f"text {number}", "label": f"text {number}"} for number in range(40)])


def test_a_source_that_is_there_is_kept(source):
    rows = rows_of(40, ["joy", "anger"])
    source(rows)
    with pytest.raises(UserError, match=r"data/raw/own is there already; choose another name, or remove it first"):
        source(rows)
    folder = Path("data/raw/own")
    folder.rename("elsewhere")
    with pytest.raises(UserError, match=r"data/labels/own\.txt is there already"):
        source(rows)
