"""Latency and memory of the service under many clients at once: `python -m benchmarks.serving MODEL`.

A server of its own on this machine's loopback address, and clients that send one comment after the other, each as soon
as the last one is answered; they take a part of the same processor. Writes benchmarks/serving.json.
"""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import time
from itertools import cycle, islice
from pathlib import Path

import httpx
import numpy as np
import psutil

from benchmarks.measured import cpu_name
from emotions.artifacts import write_json
from emotions.data.corpus import LABELS, RAW, read_label_names, read_rows
from emotions.errors import UserError, exit_in_words

RESULT = Path("benchmarks/serving.json")
CLIENTS = 50
SECONDS = 60
MEMORY_EVERY = 10  # seconds
RATE = 10**6  # requests a minute: here the service itself is measured, not its limit


async def client(address: str, texts: list[str], until: float, taken: list[float], statuses: list[int]) -> None:
    """Ask for one text after the other until the time is over; note seconds and status of each answer."""
    async with httpx.AsyncClient(base_url=address, timeout=30) as session:
        for text in cycle(texts):
            if time.monotonic() > until:
                return
            began = time.monotonic()
            answered = await session.post("/predict", json={"texts": [text]})
            taken.append(time.monotonic() - began)
            statuses.append(answered.status_code)


async def watch(server: int, until: float, memory: list[int]) -> None:
    """Note the MiB that the server's process holds, every MEMORY_EVERY seconds until the time is over."""
    while time.monotonic() < until:
        await asyncio.sleep(min(MEMORY_EVERY, SECONDS))
        memory.append(psutil.Process(server).memory_info().rss >> 20)


async def load(address: str, texts: list[str], server: int) -> tuple[list[float], list[int], list[int]]:
    """Return what CLIENTS clients saw in SECONDS, seconds and status of every answer, and the MiB of the server."""
    taken, statuses, memory = [], [], []
    until = time.monotonic() + SECONDS
    async with asyncio.TaskGroup() as together:
        together.create_task(watch(server, until, memory))
        for number in range(CLIENTS):
            together.create_task(client(address, texts[number::CLIENTS], until, taken, statuses))
    return taken, statuses, memory


def free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return any_port.getsockname()[1]


def wait_for(address: str, server: subprocess.Popen) -> None:
    """Return when the service answers; raises UserError where it ends before."""
    while server.poll() is None:
        try:
            httpx.get(f"{address}/health")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise UserError("serving: the service ended before it answered; its reason stands above")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="the folder of an exported model")
    parser.add_argument("--source", default="starter", help="whose test comments are sent")
    arguments = parser.parse_args()
    names = read_label_names(LABELS / f"{arguments.source}.txt")
    texts = [row.text for row in islice(read_rows(RAW / arguments.source / "test.tsv", names), 5000)]
    port = free_port()
    command = [sys.executable, "-m", "emotions", "serve", "--model", arguments.model, "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen([*command, "--rate", str(RATE)], stdout=subprocess.DEVNULL) as server:
        try:
            wait_for(address, server)
            taken, statuses, memory = asyncio.run(load(address, texts, server.pid))
        finally:
            server.terminate()

    p50, p95, p99 = (1000 * np.percentile(taken, (50, 95, 99))).round(1).tolist()
    found = {
        "model": Path(arguments.model).name,
        "clients": CLIENTS,
        "seconds": SECONDS,
        "requests": len(taken),
        "requests_per_second": round(len(taken) / SECONDS, 1),
        "errors": sum(status != 200 for status in statuses),
        "milliseconds": {"p50": p50, "p95": p95, "p99": p99},
        "memory_mib": memory,
        "machine": {"cpu": cpu_name(), "cores": len(os.sched_getaffinity(0))},
    }
    write_json(RESULT, found)
    print(f"serving: {found}")


if __name__ == "__main__":
    exit_in_words(main)
