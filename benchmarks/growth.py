"""Time and peak memory of the stages that are not training, by rows and with 1,000 labels: `make growth`.

A source is taken 1, 10 and 40 times, its rows under new comment ids. evaluate runs a tiny untrained encoder: inference
is a loop over batches, what grows otherwise is the stage's own work. threshold_sweep gets as many rows in validation,
and again in test, as the whole source has. Then 200,000 made-up rows of 1,000 labels, a tenth each for validation and
test, go through the same stages and onto the report's page. Writes benchmarks/growth.json.

This process stays small: Linux counts a parent's memory into its child's peak.
"""

import math
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.measured import cpu_name
from benchmarks.workspace import MADE_UP, source_here, workspace
from emotions.artifacts import write_json
from emotions.data.corpus import LABELS, RAW, count_lines, read_label_names, source_files
from emotions.errors import UserError, exit_in_words

RESULT = Path("benchmarks/growth.json")
SCALES = (1, 10, 40)
TRAINING = Path("plots/training.csv")  # the one series that plot needs of training
STAGES = ("prepare", "tokenize", "evaluate", "threshold_sweep", "plot")
INPUTS = {"evaluate": "encoder", "threshold_sweep": "predictions"}  # what training would have made
WIDE_INPUTS = INPUTS | {"threshold_sweep": "split_predictions"}
WIDE_LABELS, WIDE_ROWS = 1_000, 200_000
PAGE = Path("build/report.html")
REPORT = "report"  # what writes it


def repeat(files: list[Path], target: Path, times: int) -> None:
    """Write TSVs `times` times over into the folder, each copy's comment ids with a number of its own."""
    target.mkdir(parents=True)
    for file in files:
        lines = [line.removesuffix(b"\r") for line in file.read_bytes().removesuffix(b"\n").split(b"\n")]
        with (target / file.name).open("wb") as repeated:
            for number in range(times):
                repeated.writelines(b"%s-%d\n" % (line, number) for line in lines)


def lay(folder: Path, what: str, *sizes: int) -> None:
    """Let a process of its own write what a stage reads; see growth_inputs."""
    words = [sys.executable, "-m", "benchmarks.growth_inputs", folder, what, *map(str, sizes)]
    subprocess.run(words, check=True, stderr=subprocess.DEVNULL)


def measured(folder: Path, stage: str) -> tuple[float, float]:
    """Run a stage in the folder; return its seconds and its peak memory in MiB. Raises UserError where it fails."""
    words = ["emotions", "report", "workspace"] if stage == REPORT else [f"stages.{stage}"]
    start = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", *words], cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    if status:
        raise UserError(f"growth: {stage} failed (the reason stands above)")
    return seconds, usage.ru_maxrss / 1024


def exponent(points: list[dict]) -> float:
    """Return the slope of log seconds against log rows between the two largest scales, where start-up hides least."""
    small, large = points[-2:]
    return math.log(large["seconds"] / small["seconds"]) / math.log(large["rows"] / small["rows"])


def growth(source: str) -> dict[str, list[dict]]:
    """Return, for each stage, what it took at each of SCALES."""
    files = list(source_files(source, "tsv").values())
    rows = sum(map(count_lines, files))
    points = {stage: [] for stage in STAGES}
    for scale in SCALES:
        with workspace(source) as folder:
            repeat(files, folder / RAW / source, scale)
            (folder / TRAINING.parent).mkdir()
            shutil.copy(TRAINING, folder / TRAINING)
            for stage in STAGES:
                if stage in INPUTS:
                    lay(folder, INPUTS[stage])
                points[stage].append(point(folder, stage, rows * scale))
    return points


def wide(labels: int, rows: int) -> dict:
    """Return what each stage, and the page, took with so many labels and rows, and the page's bytes."""
    with workspace(MADE_UP) as folder:
        (folder / TRAINING.parent).mkdir()
        shutil.copy(TRAINING, folder / TRAINING)
        lay(folder, "source", labels, rows)
        stages = {}
        for stage in (*STAGES, REPORT):
            if stage in WIDE_INPUTS:
                lay(folder, WIDE_INPUTS[stage])
            stages[stage] = point(folder, stage, rows)
        megabytes = (folder / PAGE).stat().st_size / 1e6
    return {"labels": labels, "rows": rows, "stages": stages, "page_megabytes": round(megabytes, 1)}


def point(folder: Path, stage: str, rows: int) -> dict[str, float]:
    """Return what a stage took, and print it; `rows` are the source's."""
    seconds, peak = measured(folder, stage)
    print(f"{stage:<16}{rows:>10,}{seconds:>9.1f}{peak:>10.0f}", flush=True)
    return {"rows": rows, "seconds": round(seconds, 1), "peak_mib": round(peak)}


def main() -> None:
    source = source_here()
    print(f"{'stage':<16}{'rows':>10}{'seconds':>9}{'peak MiB':>10}")
    points = growth(source)
    many = wide(WIDE_LABELS, WIDE_ROWS)

    write_json(
        RESULT,
        {
            "source": source,
            "labels": len(read_label_names(LABELS / f"{source}.txt")),
            "stages": points,
            "wide": many,
            "exponent": {stage: round(exponent(taken), 2) for stage, taken in points.items()},
            "machine": {"cpu": cpu_name(), "cores": len(os.sched_getaffinity(0))},
        },
    )


if __name__ == "__main__":
    exit_in_words(main)
