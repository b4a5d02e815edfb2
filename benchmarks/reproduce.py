"""The default run in two clones with two new environments, and what threads and precisions change: `make reproduce`.

The clones are of the last commit. Writes benchmarks/reproduce.json.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from emotions.artifacts import write_json
from emotions.errors import UserError, exit_in_words
from emotions.reporting.tables import reproduce_table
from emotions.training.devices import resolve_precision
from emotions.training.environment import environment

RESULT = Path("benchmarks/reproduce.json")
THREADS = (1, 2)
SCORES = ("loss", "micro_f1", "macro_f1", "macro_f1_frequent", "mean_average_precision")  # of test, at 0.5


def run(folder: Path, *command: str) -> None:
    """Run a command in a folder that has an environment of its own; raises UserError where it fails."""
    own = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    own["PATH"] = f"{folder / '.venv/bin'}{os.pathsep}{own['PATH']}"
    if subprocess.run(command, cwd=folder, env=own, check=False).returncode:
        raise UserError(f"reproduce: {' '.join(command)} failed in {folder} (the reason stands above)")


def clone(folder: Path) -> None:
    """Make a clone of this project's last commit with an environment of its own."""
    folder.mkdir()
    run(folder, "git", "clone", "--quiet", str(Path.cwd()), ".")
    run(folder, sys.executable, "-m", "emotions.install")


def hashes(lock: str) -> dict[str, str]:
    """Return the hash of each output from the text of a dvc.lock."""
    return {out["path"]: out["md5"] for stage in yaml.safe_load(lock)["stages"].values() for out in stage["outs"]}


def agreement(one: dict[str, str], other: dict[str, str]) -> dict[str, int]:
    """Return how many outputs two runs have made, and how many of them with the same hash."""
    paths = one.keys() | other.keys()
    return {"compared": len(paths), "equal": sum(one.get(path) == other.get(path) for path in paths)}


def default_runs(clones: list[Path]) -> dict[str, int]:
    """Clone the project, run the default pipeline in each clone, return how far the hashes in dvc.lock agree."""
    made = []
    for folder in clones:
        clone(folder)
        run(folder, "dvc", "repro", "--force")
        made.append(hashes((folder / "dvc.lock").read_text(encoding="utf-8")))
    return agreement(*made)


def trained(folder: Path, precision: str, threads: int) -> dict[str, object]:
    """Train in a clone by other means of computing; return the test scores."""
    run(folder, "dvc", "exp", "run", "-S", f"train.precision={precision}", "-S", f"train.threads={threads}")
    test = json.loads((folder / "metrics/evaluate.json").read_text(encoding="utf-8"))["test"]
    return {"precision": precision, "threads": threads, **{score: test[score] for score in SCORES}}


def main() -> None:
    precision = resolve_precision("auto")
    with TemporaryDirectory(prefix="reproduce-") as name:
        clones = [Path(name) / number for number in ("one", "two")]
        agreed = default_runs(clones)
        ways = [(one, threads) for one in sorted({"fp32", precision}) for threads in THREADS]
        settings = [trained(clones[0], *way) for way in ways]
    surroundings = environment(precision)
    result = {
        "hashes": agreed,
        "settings": settings,
        "largest_difference": {
            score: max(one[score] for one in settings) - min(one[score] for one in settings) for score in SCORES
        },
        "machine": {key: surroundings[key] for key in ("cpu", "device", "python")},
    }
    write_json(RESULT, result)
    print(f"\n{reproduce_table(result)}\n\nreproduce: {agreed['equal']} of {agreed['compared']} hashes are equal")
    if agreed["equal"] != agreed["compared"]:
        raise UserError("reproduce: two clones on one machine made other bytes; benchmarks/reproduce.json")


if __name__ == "__main__":
    exit_in_words(main)
