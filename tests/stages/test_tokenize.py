import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from transformers import AutoTokenizer

from emotions.errors import UserError
from emotions.model.vocabulary import PLACEHOLDERS
from stages import tokenize


def test_tokens_are_the_tokenizers(tiny_project):
    tokenizer = AutoTokenizer.from_pretrained(tiny_project / "data/tokens/tokenizer")
    texts = pq.read_table(tiny_project / "data/prepared/test.parquet")["text"].to_pylist()
    tokens = pq.read_table(tiny_project / "data/tokens/test.parquet").to_pydict()
    assert tokens["input_ids"] == tokenizer(texts)["input_ids"]
    assert tokens["length"] == [len(ids) for ids in tokens["input_ids"]]
    assert pq.read_schema(tiny_project / "data/tokens/test.parquet").field("labels").type.value_type == "float"


def test_batches_join_as_one_table(project_copy, monkeypatch):
    whole = pq.read_table(project_copy / "data/tokens/train.parquet")
    monkeypatch.setattr(tokenize, "BATCH", 5)
    before = (project_copy / "metrics/tokenize.json").read_text()
    tokenize.main()
    assert pq.ParquetFile(project_copy / "data/tokens/train.parquet").num_row_groups == 12, "56 rows, 5 at a time"
    assert pq.read_table(project_copy / "data/tokens/train.parquet").equals(whole)
    assert (project_copy / "metrics/tokenize.json").read_text() == before


@pytest.mark.parametrize("rows", [1, 2, 19, 20, 21, 1000])
def test_percentile_of_counts_is_numpys(rows):
    lengths = np.random.default_rng(rows).integers(3, 129, rows)
    for percent in (0, 50, 95, 100):
        found = tokenize.percentile(np.bincount(lengths, minlength=129), percent)
        assert found == pytest.approx(np.percentile(lengths, percent), abs=1e-9)


def test_metrics_of_tokens_count_by_hand():
    metrics = tokenize.token_metrics(np.array([0, 0, 0, 3, 1]), cut=1)  # three rows of 3 tokens, one of 4
    assert metrics == {"tokens_mean": 3.25, "tokens_p95": pytest.approx(3.85), "truncated_share": 0.25}


@pytest.mark.parametrize("mask", PLACEHOLDERS)
def test_a_mask_is_one_token(tiny_project, mask):
    tokenizer = AutoTokenizer.from_pretrained(tiny_project / "data/tokens/tokenizer")
    assert tokenizer.tokenize(f"so {mask}, hi") == ["so", mask, *tokenizer.tokenize(", hi")]


def test_an_emoji_of_the_training_comments_is_one_token(tiny_project):
    tokenizer = AutoTokenizer.from_pretrained(tiny_project / "data/tokens/tokenizer")
    assert tokenizer.tokenize("so happy😊😊 😂") == ["so", "happy", "😊", "😊", "[UNK]"], "😂 is in no training comment"


def test_without_emoji_tokens_the_tokenizer_has_the_masks_alone(project_copy):
    params = project_copy / "params.yaml"
    params.write_text(params.read_text().replace("emoji_tokens: true", "emoji_tokens: false"))
    tokenize.main()
    tokenizer = AutoTokenizer.from_pretrained(project_copy / "data/tokens/tokenizer")
    assert set(PLACEHOLDERS) <= set(tokenizer.get_added_vocab())
    assert tokenizer.tokenize("so happy 😊") == ["so", "happy", "[UNK]"]


def test_long_rows_are_cut_and_counted(project_copy):
    params = project_copy / "params.yaml"
    params.write_text(params.read_text().replace("max_length: 64", "max_length: 5"))
    tokenize.main()
    tokens = pq.read_table(project_copy / "data/tokens/train.parquet").to_pydict()
    assert max(tokens["length"]) == 5
    metrics = json.loads((project_copy / "metrics/tokenize.json").read_text())
    assert metrics["train"]["truncated_share"] == pytest.approx(np.mean(tokens["truncated"]), abs=1e-6)
    assert any(tokens["truncated"])


def test_a_length_beyond_the_encoder_is_refused(project_copy):
    params = project_copy / "params.yaml"
    params.write_text(params.read_text().replace("max_length: 64", "max_length: 65"))
    with pytest.raises(UserError, match="beyond the 64 tokens .* tokenize.max_length=64"):
        tokenize.main()
