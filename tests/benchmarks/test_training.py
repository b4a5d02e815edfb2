import pytest
from transformers import BertConfig

from benchmarks.training import training_operations


def test_operations_of_one_layer_by_hand():
    config = BertConfig(hidden_size=2, intermediate_size=3, num_hidden_layers=1, num_attention_heads=1)
    # 2 tokens: query, key, value, output 2 x 2 each, two products 2 x 3; scores and values 2 x 2 x 2 each
    weights = 2 * 2 * (4 * 2 * 2 + 2 * 2 * 3)
    attention = 2 * (2 * 2 * 2 + 2 * 2 * 2)
    assert training_operations(config, [2]) == 3 * (weights + attention)


def test_minilm_takes_64_million_operations_a_token():
    config = BertConfig(hidden_size=384, intermediate_size=1536, num_hidden_layers=6)
    assert training_operations(config, [1]) / 1e6 == pytest.approx(64, abs=0.5)
