import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotions.data.tokens import TABLE, read_tokens, targets_of
from emotions.errors import UserError


@pytest.fixture
def write(tmp_path, monkeypatch):
    """A function that writes data/tokens/<split>.parquet, three rows of two labels, with some columns changed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/tokens").mkdir(parents=True)

    def written(split: str = "train", **columns) -> None:
        rows = {
            "id": ["a", "b", "c"],
            "input_ids": [[1, 2], [1, 3, 2], [1, 2]],
            "labels": [[1, 0], [0, 1], [0, 0]],
            "length": [2, 3, 2],
            "truncated": [False] * 3,
        }
        pq.write_table(pa.table(rows | columns, schema=TABLE), f"data/tokens/{split}.parquet")

    return written


def test_targets_are_the_labels_of_each_row(write):
    write()
    table = read_tokens("train", 2, 4)
    assert table.column_names == ["id", "input_ids", "labels", "length"]
    assert np.array_equal(targets_of(table), [[1, 0], [0, 1], [0, 0]])


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"input_ids": [[1, 2], [1, 4, 2], [1, 2]]}, "expected token ids from 0 to 3; found 4"),
        ({"input_ids": [[1, 2], [1, -1, 2], [1, 2]]}, "expected token ids from 0 to 3; found -1"),
        ({"input_ids": [[1, 2], [1, 2], [1, 2]]}, "as many tokens as its length says"),
        ({"input_ids": [[1, 2], [1, 3, 2], []], "length": [2, 3, 0]}, "as many tokens as its length says"),
        ({"id": ["a", "b", "a"]}, "each comment id once"),
        ({"labels": [[1, 0], [0, 1], [0]]}, "expected 2 labels in each row"),
        ({"labels": [[1, 0], [0, 0.5], [0, 0]]}, "targets of 0 and 1"),
        ({"labels": [[1, 0], [0, np.nan], [0, 0]]}, "targets of 0 and 1"),
        ({"labels": [[1, 0], [1, 0], [0, 0]]}, "labels that some rows carry and others do not"),
        ({"labels": [[1, 0], [1, 1], [1, 0]]}, "labels that some rows carry and others do not"),
    ],
)
def test_rows_that_cannot_be_trained_on_are_refused(write, columns, said):
    write(**columns)
    with pytest.raises(UserError, match=f"train.parquet: .*{said}.*dvc repro tokenize"):
        read_tokens("train", 2, 4)


def test_rows_to_score_need_one_label_that_parts_them(write):
    write("test", labels=[[1, 0], [1, 0], [0, 0]])
    read_tokens("test", 2, 4)
    write("test", labels=[[1, 0], [1, 0], [1, 0]])
    with pytest.raises(UserError, match="labels that some rows carry and others do not; found none such"):
        read_tokens("test", 2, 4)
