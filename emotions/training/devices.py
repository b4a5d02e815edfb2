"""What training runs on: processes started by torchrun, one a device; number format; way of attention."""

import ctypes
import logging
import os
import signal
import sys

import torch
from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch
from transformers import PreTrainedModel

from emotions.errors import UserError

PARENT = "EMOTIONS_TRAINING_PARENT"  # the process whose end is the end of those that `start` starts


def started_by_torchrun() -> bool:
    return "LOCAL_RANK" in os.environ


def end_with_parent() -> None:
    """Let the kernel kill this process as soon as the one that called torchrun is gone (Linux's prctl).

    Without it the processes would wait, for half an hour, for a store that was in the memory of the other.
    """
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
    if os.environ.get(PARENT, str(os.getppid())) != str(os.getppid()):  # it was gone before this process had loaded
        os.kill(os.getpid(), signal.SIGKILL)


def world_size() -> int:
    """Return how many processes train together, on this machine and others."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def check_processes(count: int, batch_size: int) -> None:
    """Refuse, with one sentence, what would leave a process without a GPU or without its share of a batch."""
    gpus = torch.cuda.device_count()
    if gpus and count > gpus:
        raise UserError(
            f"train.processes={count} needs a GPU each; found {gpus}: dvc exp run -S train.processes={gpus}"
        )
    here = os.environ.get("LOCAL_WORLD_SIZE", str(count))
    if here != str(count):
        raise UserError(f"expected torchrun --nproc-per-node={count}, as train.processes says; found {here}")
    together = world_size() if started_by_torchrun() else count
    if batch_size % together:
        raise UserError(
            f"train.batch_size={batch_size} cannot be shared evenly by {together} processes; "
            f"dvc exp run -S train.batch_size={-(-batch_size // together) * together}"
        )


def start(module: str, count: int) -> None:
    """Run `python -m module` in `count` processes, as torchrun does, until all end.

    Each process gets its share of the cores unless OMP_NUM_THREADS is set. One that fails ends the others, and raises
    UserError; Ctrl-C ends them all, and raises KeyboardInterrupt.
    """
    os.environ[PARENT] = str(os.getpid())
    os.environ.setdefault("OMP_NUM_THREADS", str(max(len(os.sched_getaffinity(0)) // count, 1)))
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=count,
        run_id=module,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        max_restarts=0,
        logs_specs=DefaultLogsSpecs(),
    )
    logging.disable(logging.ERROR)  # its own words, pages of them; a process that fails says why itself
    try:
        elastic_launch(config, sys.executable)("-m", module)
    except ChildFailedError as error:
        raise UserError(f"{module}: one of {count} processes {_end(error)}; nothing was written") from None
    except SignalException:
        raise KeyboardInterrupt from None
    finally:
        logging.disable(logging.NOTSET)


def _end(error: ChildFailedError) -> str:
    """Return how the first process that failed ended."""
    code = error.get_first_failure()[1].exitcode
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else "failed (the reason stands above)"


def resolve_precision(wanted: str) -> str:
    """Return fp16, bf16 or fp32; `auto` becomes fp16 on CUDA, bf16 on a CPU with bf16 products, else fp32.

    Raises UserError for fp16 without CUDA and for bf16 on hardware that only emulates it.
    """
    cuda = torch.cuda.is_available()
    bf16 = torch.cuda.is_bf16_supported(including_emulation=False) if cuda else _cpu_has_bf16()
    if wanted == "auto":
        return "fp16" if cuda else "bf16" if bf16 else "fp32"
    if wanted == "fp16" and not cuda:
        raise UserError("train.precision=fp16 needs a CUDA GPU; here: dvc exp run -S train.precision=auto")
    if wanted == "bf16" and not bf16:
        raise UserError("train.precision=bf16 is emulated here; faster: dvc exp run -S train.precision=auto")
    return wanted


def _cpu_has_bf16() -> bool:
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16"))


def set_attention(classifier: PreTrainedModel, wanted: str) -> None:
    """Let the encoder compute attention by `eager` or `sdpa`.

    `auto` is sdpa on a GPU, where its kernels are fused, and eager on a CPU and for a family without sdpa, as MPNet:
    on 2 cores, at 20 tokens a row, training with SDPA's CPU kernels ran at 0.7 times the speed of plain products.
    Raises UserError where the encoder knows no such way.
    """
    implementation = wanted
    if wanted == "auto":
        implementation = "sdpa" if torch.cuda.is_available() and classifier._supports_sdpa else "eager"
    try:
        classifier.set_attn_implementation(implementation)
    except ValueError as error:
        raise UserError(f"train.attention={wanted}: {str(error).strip().splitlines()[0]}") from None
    if attention(classifier) != implementation:  # a family of one way only warns
        raise UserError(
            f"train.attention={wanted}: {classifier.config.model_type} computes attention by {attention(classifier)} "
            "alone: dvc exp run -S train.attention=auto"
        )


def attention(classifier: PreTrainedModel) -> str:
    """Return how the encoder computes attention, eager or sdpa."""
    return classifier.config._attn_implementation
