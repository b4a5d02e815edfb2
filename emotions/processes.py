"""Training in several processes, started by torchrun, one a device."""

import os
import subprocess
import sys

import torch


def started_by_torchrun() -> bool:
    return "LOCAL_RANK" in os.environ


def world_size() -> int:
    """Return how many processes train together, on this machine and others."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def check_processes(count: int, batch_size: int) -> None:
    """Refuse, with one sentence, what would leave a process without a GPU or without its share of a batch."""
    gpus = torch.cuda.device_count()
    if gpus and count > gpus:
        raise SystemExit(
            f"train.processes={count} needs a GPU each; found {gpus}: dvc exp run -S train.processes={gpus}"
        )
    here = os.environ.get("LOCAL_WORLD_SIZE", str(count))
    if here != str(count):
        raise SystemExit(f"expected torchrun --nproc-per-node={count}, as train.processes says; found {here}")
    together = world_size() if started_by_torchrun() else count
    if batch_size % together:
        raise SystemExit(
            f"train.batch_size={batch_size} cannot be shared evenly by {together} processes; "
            f"dvc exp run -S train.batch_size={-(-batch_size // together) * together}"
        )


def start(module: str, count: int) -> None:
    """Run `python -m module` in `count` processes until all end; raises SystemExit as soon as one has failed.

    torchrun stops the others then. Each process gets its share of the cores unless OMP_NUM_THREADS is set.
    """
    threads = os.environ.get("OMP_NUM_THREADS", str(max(len(os.sched_getaffinity(0)) // count, 1)))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={count}", "-m", module]
    done = subprocess.run(command, env=os.environ | {"OMP_NUM_THREADS": threads}, check=False)
    if done.returncode:
        raise SystemExit(f"{module}: one of {count} processes failed (the reason stands above); nothing was written")
