import pytest
import torch

from emotions import precision
from emotions.precision import ImpossiblePrecision, resolve_precision


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
    assert precision.resolve_precision("auto") == became
    assert resolve_precision("fp32") == "fp32"


def test_fp16_on_a_cpu_is_refused_with_what_to_type(machine):
    machine(cuda=False, cpu_bf16=True)
    with pytest.raises(ImpossiblePrecision, match="dvc exp run -S train.precision=auto"):
        resolve_precision("fp16")


@pytest.mark.parametrize("cuda", [True, False])
def test_emulated_bf16_is_refused(machine, cuda):
    machine(cuda, cpu_bf16=False)
    with pytest.raises(ImpossiblePrecision, match="emulated"):
        resolve_precision("bf16")
