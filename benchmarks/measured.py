"""What benchmarks note of measurements and of the machine that made them."""

import statistics
from pathlib import Path


def spread(values: list[float], digits: int) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), digits),
        "minimum": round(min(values), digits),
        "maximum": round(max(values), digits),
    }


def cpu_name() -> str:
    """Return the processor's name as Linux gives it."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
