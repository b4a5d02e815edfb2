"""Latency of the service under many clients at once: `python -m benchmarks.serving MODEL`.

Writes benchmarks/serving.json.
A server of its own on this machine's loopback address, and clients that send one comment after the other, each as soon
as the last one is answered.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from itertools import cycle, islice
from pathlib import Path

import httpx
import numpy as np

from emotions.artifacts import write_json
from emotions.data.corpus import RAW, read_label_names, read_rows

RESULT = Path("benchmarks/serving.json")
PORT = 8765
CLIENTS = 50
SECONDS = 60
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


async def load(address: str, texts: list[str]) -> tuple[list[float], list[int]]:
    """Return what CLIENTS clients saw in SECONDS: seconds and status of every answer."""
    taken, statuses = [], []
    until = time.monotonic() + SECONDS
    async with asyncio.TaskGroup() as together:
        for number in range(CLIENTS):
            together.create_task(client(address, texts[number::CLIENTS], until, taken, statuses))
    return taken, statuses


def wait_for(address: str, server: subprocess.Popen) -> None:
    """Return when the service answers; raises RuntimeError where it ends before."""
    while server.poll() is None:
        try:
            httpx.get(f"{address}/health")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the service ended before it answered; its reason stands above")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="the folder of an exported model")
    parser.add_argument("--source", default="starter", help="whose test comments are sent")
    arguments = parser.parse_args()
    labels = read_label_names(Path(f"data/labels/{arguments.source}.txt"))
    texts = [row.text for row in islice(read_rows(RAW / arguments.source / "test.tsv", len(labels)), 5000)]
    command = [sys.executable, "-m", "emotions", "serve", "--model", arguments.model, "--port", str(PORT)]
    address = f"http://127.0.0.1:{PORT}"
    with subprocess.Popen([*command, "--rate", str(RATE)], stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(address, server)
            taken, statuses = asyncio.run(load(address, texts))
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
    }
    write_json(RESULT, found)
    print(f"serving: {found}")


if __name__ == "__main__":
    main()
