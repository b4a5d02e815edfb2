"""The number format of training: what was asked for, what this machine can do."""

import torch


class ImpossiblePrecision(ValueError):
    """The machine cannot train in the precision asked for; the message says what to type instead."""


def resolve_precision(wanted: str) -> str:
    """Return fp16, bf16 or fp32; `auto` becomes fp16 on CUDA, bf16 on a CPU with bf16 products, else fp32.

    Raises ImpossiblePrecision for fp16 without CUDA and for bf16 on hardware that only emulates it.
    """
    cuda = torch.cuda.is_available()
    bf16 = torch.cuda.is_bf16_supported(including_emulation=False) if cuda else _cpu_has_bf16()
    if wanted == "auto":
        return "fp16" if cuda else "bf16" if bf16 else "fp32"
    if wanted == "fp16" and not cuda:
        raise ImpossiblePrecision("train.precision=fp16 needs a CUDA GPU; here: dvc exp run -S train.precision=auto")
    if wanted == "bf16" and not bf16:
        raise ImpossiblePrecision("train.precision=bf16 is emulated here; faster: dvc exp run -S train.precision=auto")
    return wanted


def _cpu_has_bf16() -> bool:
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16"))
