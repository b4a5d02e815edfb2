"""Time and peak memory of the stages that are not training, on 1, 10 and 40 times a source: `make growth`.

The rows are repeated under new comment ids. evaluate runs a tiny untrained encoder: inference is a loop over batches,
what grows otherwise is the stage's own work. threshold_sweep gets as many rows in validation, and again in test, as
the whole source has. Writes benchmarks/growth.json.

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
from benchmarks.workspace import source_here, workspace
from emotions.artifacts import write_json
from emotions.data.corpus import LABELS, RAW, count_lines, read_label_names, source_files
from emotions.errors import UserError

RESULT = Path("benchmarks/growth.json")
SCALES = (1, 10, 40)
TRAINING = Path("plots/training.csv")  # the one series that plot needs of training
STAGES = ("prepare", "tokenize", "evaluate", "threshold_sweep", "plot")
INPUTS = {"evaluate": "encoder", "threshold_sweep": "predictions"}  # what training would have made


def repeat(files: list[Path], target: Path, times: int) -> None:
    """Write TSVs `times` times over into the folder, each copy's comment ids with a number of its own."""
    target.mkdir(parents=True)
    for file in files:
        lines = [line.removesuffix(b"\r") for line in file.read_bytes().removesuffix(b"\n").split(b"\n")]
        with (target / file.name).open("wb") as repeated:
            for number in range(times):
                repeated.writelines(b"%s-%d\n" % (line, number) for line in lines)


def measured(folder: Path, stage: str) -> tuple[float, float]:
    """Run a stage in the folder; return its seconds and its peak memory in MiB. Raises UserError where it fails."""
    start = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", f"stages.{stage}"], cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    if status:
        raise UserError(f"growth: {stage} failed (the reason stands above)")
    return seconds, usage.ru_maxrss / 1024


def exponent(points: list[dict]) -> float:
    """Return the slope of log seconds against log rows between the two largest scales, where start-up hides least."""
    small, large = points[-2:]
    return math.log(large["seconds"] / small["seconds"]) / math.log(large["rows"] / small["rows"])


def main() -> None:
    source = source_here()
    files = list(source_files(source, "tsv").values())
    rows = sum(map(count_lines, files))
    points = {stage: [] for stage in STAGES}
    print(f"{'stage':<16}{'rows':>10}{'seconds':>9}{'peak MiB':>10}")
    for scale in SCALES:
        with workspace(source) as folder:
            repeat(files, folder / RAW / source, scale)
            (folder / TRAINING.parent).mkdir()
            shutil.copy(TRAINING, folder / TRAINING)
            for stage in STAGES:
                if stage in INPUTS:
                    lay = [sys.executable, "-m", "benchmarks.growth_inputs", folder, INPUTS[stage]]
                    subprocess.run(lay, check=True, stderr=subprocess.DEVNULL)
                seconds, peak = measured(folder, stage)
                points[stage].append({"rows": rows * scale, "seconds": round(seconds, 1), "peak_mib": round(peak)})
                print(f"{stage:<16}{rows * scale:>10,}{seconds:>9.1f}{peak:>10.0f}", flush=True)

    write_json(
        RESULT,
        {
            "source": source,
            "labels": len(read_label_names(LABELS / f"{source}.txt")),
            "stages": points,
            "exponent": {stage: round(exponent(taken), 2) for stage, taken in points.items()},
            "machine": {"cpu": cpu_name(), "cores": len(os.sched_getaffinity(0))},
        },
    )


if __name__ == "__main__":
    main()
