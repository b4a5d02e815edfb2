"""Peak memory of scoring long files: `python -m benchmarks.scoring MODEL ROWS…`.

Test comments of a source, repeated and numbered, as a CSV of that many rows; `python -m emotions score` writes Parquet.
What benchmarks/scoring.json says of a model of this name is replaced, of others kept.

This process stays small: Linux counts a parent's memory into its child's peak.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from emotions.artifacts import write_json
from emotions.data.corpus import LABELS, RAW, read_label_names, read_rows
from emotions.errors import UserError, exit_in_words

RESULT = Path("benchmarks/scoring.json")


def write_comments(path: Path, source: str, rows: int) -> None:
    """Write a CSV of the columns number and text, the source's test comments over and over."""
    comments = [row.text for row in read_rows(RAW / source / "test.tsv", read_label_names(LABELS / f"{source}.txt"))]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["number", "text"])
        table.writerows((number, f"{text} {number}") for number, text in enumerate(islice(cycle(comments), rows)))


def measured(model: Path, source: str, rows: int) -> dict:
    """Score that many rows; return them with the peak memory. Raises UserError where it fails."""
    with TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        write_comments(folder / "comments.csv", source, rows)
        options = ["--model", model, "--input", folder / "comments.csv", "--text-column", "text", "--keep", "number"]
        command = [sys.executable, "-m", "emotions", "score", *options, "--output", folder / "scored.parquet"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise UserError("scoring: score failed (the reason stands above)")
    return {"rows": rows, "peak_mib": round(usage.ru_maxrss / 1024)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="the folder of an exported model")
    parser.add_argument("rows", type=int, nargs="+", help="how many, a number a measurement")
    parser.add_argument("--source", default="starter", help="whose test comments are scored")
    arguments = parser.parse_args()
    points = []
    for rows in arguments.rows:
        points.append(measured(arguments.model, arguments.source, rows))
        print(f"scoring: {points[-1]}", flush=True)

    models = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    models[arguments.model.name] = {
        "source": arguments.source,
        "model_bytes": sum(path.stat().st_size for path in arguments.model.iterdir()),
        "measured": points,
    }
    write_json(RESULT, models)


if __name__ == "__main__":
    exit_in_words(main)
