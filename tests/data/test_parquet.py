import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotions.data.parquet import count_rows, read_batches, read_table
from emotions.errors import UserError

SCHEMA = pa.schema({"id": pa.string(), "labels": pa.list_(pa.int64())})


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"id": ["a", "b", "c"], "labels": [[0], [], [1, 2]]}, schema=SCHEMA), path)
    return path


def test_what_was_written_is_what_is_read(path):
    assert count_rows(path, SCHEMA, "again") == 3
    assert read_table(path, SCHEMA, "again", ["labels"])["labels"].to_pylist() == [[0], [], [1, 2]]
    assert [len(batch) for batch in read_batches(path, SCHEMA, "again", 2, ["id"])] == [2, 1]


def refused(path, said):
    with pytest.raises(UserError, match=f"rows.parquet: .*{said}.*again"):
        read_table(path, SCHEMA, "again", ["id", "labels"])


def test_a_damaged_file_is_one_sentence(path):
    whole = path.read_bytes()
    for damaged in (b"", whole[:50], whole[:-1], b"PAR1" + whole[4:40][::-1] + whole[40:]):
        path.write_bytes(damaged)
        refused(path, "cannot be read")
    path.unlink()
    refused(path, "found no file")


def test_other_columns_no_rows_and_gaps_are_refused(path):
    pq.write_table(pa.table({"id": ["a"], "label": [[0]]}), path)
    refused(path, r"expected the columns id \(string\), labels .*; found .*label ")
    pq.write_table(SCHEMA.empty_table(), path)
    refused(path, "expected at least one row")
    for id, labels in ((None, [0]), ("a", None), ("a", [None])):
        pq.write_table(pa.table({"id": [id], "labels": [labels]}, schema=SCHEMA), path)
        refused(path, "found a gap in the column")
