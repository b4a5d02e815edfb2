import pytest
import torch
from transformers import AutoTokenizer, BertModel

from benchmarks import gpu
from emotions.errors import UserError
from emotions.model.checkpoint import pretrained_config


def test_without_a_gpu_it_says_so_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match="no CUDA GPU here: nothing was measured"):
        gpu.main()
    assert not list(tmp_path.iterdir())


def test_the_random_bert_is_of_base_size(tiny_checkpoint):
    words = len(AutoTokenizer.from_pretrained(tiny_checkpoint))
    with gpu.random_bert(tiny_checkpoint) as model:
        # 12 layers of 7,087,872 weights, pooler, 514 positions, types and a norm; and 768 a word
        assert BertModel.from_pretrained(model.checkpoint).num_parameters() == 86_041_344 + 768 * words
        assert pretrained_config(model).hidden_size == 768, "training takes it as it takes any checkpoint"


def test_a_summary_has_the_middle_speed_and_the_highest_memory():
    runs = [
        {"rows_per_second": speed, "peak_memory_mib": memory, "operations_per_row": 2e9}
        for speed, memory in ((10.0, 5.2), (30.0, 7.4), (20.0, 6.0))
    ]
    assert gpu.summary(runs, limit=100.0) == {
        "rows_per_second": {"median": 20.0, "minimum": 10.0, "maximum": 30.0},
        "peak_memory_mib": 7,
        "limit_share": 0.4,  # 20 rows of 2 billion operations, of 100 billion a second
    }
