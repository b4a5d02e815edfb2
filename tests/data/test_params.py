import pytest
import yaml
from pydantic import ValidationError

from emotions.data.params import DataParams, PrepareParams, TokenizeParams


@pytest.fixture
def sections(root):
    return yaml.safe_load((root / "params.yaml").read_text())


def test_the_projects_own_values_are_taken_as_they_stand(sections):
    assert DataParams(**sections["data"]).model_dump() == sections["data"]
    assert PrepareParams(**sections["prepare"]).model_dump() == sections["prepare"]
    assert TokenizeParams(**sections["tokenize"]).model_dump() == sections["tokenize"]


@pytest.mark.parametrize(
    ("kind", "section", "changed", "said"),
    [
        (DataParams, "data", {"source": ".."}, "pattern"),
        (DataParams, "data", {"source": "a/b"}, "pattern"),
        (DataParams, "data", {"source": ".git"}, "pattern"),
        (DataParams, "data", {"source": "a" * 101}, "pattern"),
        (DataParams, "data", {"source": ""}, "pattern"),
        (DataParams, "data", {"source": 3}, "valid string"),
        (DataParams, "data", {"format": "csv"}, "'tsv' or 'jsonl'"),
        (PrepareParams, "prepare", {"drop_leaked_train_rows": 1}, "valid boolean"),
        (PrepareParams, "prepare", {"rows_without_labels": "drop"}, "'refuse' or 'keep'"),
        (TokenizeParams, "tokenize", {"max_length": 2}, "greater than or equal to 3"),
        (TokenizeParams, "tokenize", {"max_length": 10**30}, "less than or equal to"),
        (TokenizeParams, "tokenize", {"emoji_tokens": "yes"}, "valid boolean"),
    ],
)
def test_a_value_that_cannot_be_is_refused(sections, kind, section, changed, said):
    with pytest.raises(ValidationError, match=said):
        kind(**sections[section] | changed)
