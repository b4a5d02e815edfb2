import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotions.data.prepared import TABLE, count_comments, read_comments, read_labels, read_texts
from emotions.errors import UserError


def test_what_prepare_wrote_is_read(project_copy):
    assert read_labels() == ["joy", "anger", "neutral"]
    assert count_comments("test") == 14
    texts = read_texts("test")
    assert len(texts) == 14
    assert next(iter(texts.values())) == "so happy today te0"


@pytest.mark.parametrize(
    ("content", "said"),
    [([], "expected a list"), ({}, "expected a list"), (["a", 3], "expected a list"), (["a", "a"], "found one twice")],
)
def test_label_names_that_are_none_are_refused(project_copy, content, said):
    (project_copy / "data/prepared/labels.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match=f"labels.json: .*{said}.*dvc repro prepare"):
        read_labels()


@pytest.mark.parametrize("id", [-1, 3])
def test_a_label_id_beyond_the_names_is_refused(project_copy, id):
    pq.write_table(pa.table({"id": ["a"], "text": ["b"], "labels": [[0, id]]}, schema=TABLE), "data/prepared/a.parquet")
    with pytest.raises(UserError, match=f"expected label ids from 0 to 2; found {id}"):
        list(read_comments("a", 10, ["labels"], 3))
