import pytest
import torch
from transformers import AutoTokenizer, MPNetConfig, MPNetForSequenceClassification

from emotions.errors import UserError
from emotions.metrics.problem import MULTI_LABEL
from emotions.model.classifier import build_classifier
from emotions.model.params import ModelParams
from emotions.training.devices import attention, check_processes, resolve_precision, set_attention, world_size


@pytest.fixture
def machine(monkeypatch):
    def pretend(cuda: bool, cpu_bf16: bool):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: False)
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": cpu_bf16})

    return pretend


@pytest.mark.parametrize(
    ("cuda", "cpu_bf16", "became"), [(True, False, "fp16"), (False, True, "bf16"), (False, False, "fp32")]
)
def test_auto_is_what_the_machine_does_fast(machine, cuda, cpu_bf16, became):
    machine(cuda, cpu_bf16)
    assert resolve_precision("auto") == became
    assert resolve_precision("fp32") == "fp32"


def test_fp16_on_a_cpu_is_refused_with_what_to_type(machine):
    machine(cuda=False, cpu_bf16=True)
    with pytest.raises(UserError, match="dvc exp run -S train.precision=auto"):
        resolve_precision("fp16")


@pytest.mark.parametrize("cuda", [True, False])
def test_emulated_bf16_is_refused(machine, cuda):
    machine(cuda, cpu_bf16=False)
    with pytest.raises(UserError, match="emulated"):
        resolve_precision("bf16")


def test_alone_is_a_world_of_one(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert world_size() == 1
    check_processes(1, batch_size=7)


def test_a_process_without_a_gpu_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    check_processes(2, batch_size=8)
    with pytest.raises(UserError, match=r"needs a GPU each; found 2: dvc exp run -S train\.processes=2"):
        check_processes(4, batch_size=8)


def test_machines_share_the_batch_too(monkeypatch):
    for name, value in {"LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "2", "WORLD_SIZE": "6"}.items():
        monkeypatch.setenv(name, value)
    check_processes(2, batch_size=12)
    with pytest.raises(UserError, match=r"by 6 processes; dvc exp run -S train\.batch_size=36"):
        check_processes(2, batch_size=32)
    with pytest.raises(UserError, match=r"expected torchrun --nproc-per-node=4, as train\.processes says; found 2"):
        check_processes(4, batch_size=12)


@pytest.fixture
def classifier(tiny_checkpoint):
    model = ModelParams(checkpoint=str(tiny_checkpoint), revision=None)
    return build_classifier(
        model, ["joy", "anger", "neutral"], MULTI_LABEL, AutoTokenizer.from_pretrained(tiny_checkpoint), "first"
    )


def test_attention_is_plain_on_a_cpu_and_fused_on_a_gpu(classifier, monkeypatch):
    for cuda, expected in ((False, "eager"), (True, "sdpa")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda cuda=cuda: cuda)
        set_attention(classifier, "auto")
        assert attention(classifier) == expected


def test_a_family_without_fused_attention_keeps_its_own(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    mpnet = MPNetForSequenceClassification(MPNetConfig(vocab_size=10, **sizes))
    set_attention(mpnet, "auto")
    assert attention(mpnet) == "eager"
    with pytest.raises(UserError, match=r"^train\.attention=sdpa: mpnet computes attention by eager alone"):
        set_attention(mpnet, "sdpa")


def test_both_ways_of_attention_give_the_same_logits(classifier):
    batch = {"input_ids": torch.tensor([[2, 5, 6, 3], [2, 7, 3, 0]])}
    batch["attention_mask"] = (batch["input_ids"] != 0).long()
    logits = {}
    for implementation in ("eager", "sdpa"):
        set_attention(classifier.eval(), implementation)
        logits[implementation] = classifier(**batch).logits
    torch.testing.assert_close(logits["eager"], logits["sdpa"])


def test_an_attention_that_the_encoder_does_not_know_is_refused(classifier):
    with pytest.raises(UserError, match=r"^train\.attention=nothing: "):
        set_attention(classifier, "nothing")
