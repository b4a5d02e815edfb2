"""A source of three labels and a project small enough to run all stages in seconds."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
TINY_LABELS = ["joy", "anger", "neutral"]
TINY_TEXTS = {
    "0": ["so happy today", "what a lovely day", "happy happy joy 😊", "love this [NAME]"],
    "1": ["this is terrible", "so angry right now", "i hate this bus", "terrible awful [NAME]"],
    "2": ["the bus leaves at nine", "it is a table", "the door is open", "nine of them are here"],
    "0,1": ["happy but so angry", "love and hate this"],
}
TINY_PARAMS = {
    "data": {"source": "tiny"},
    "train": {"epochs": 2, "batch_size": 8, "precision": "fp32", "threads": 1, "learning_rate": 0.01},
    "tokenize": {"max_length": 64, "emoji_tokens": True},
    "scores": {"frequent_rows": 2},
    "export": {"int8_loss": 1.0},  # 14 validation rows tell nothing
}


def write_tiny_source(project: Path) -> None:
    """Write data/raw/tiny with 4 copies of each text in train, told apart by a number, and 1 in dev and test."""
    folder = project / "data/raw/tiny"
    folder.mkdir(parents=True)
    (project / "data/labels").mkdir(parents=True, exist_ok=True)
    (project / "data/labels/tiny.txt").write_text("\n".join(TINY_LABELS) + "\n")
    (project / "data/teachers").mkdir(parents=True, exist_ok=True)
    (project / "data/teachers/none.json").write_text('{"labels": [], "source_sha256": {}, "teachers": {}}')
    number = 0
    for file, copies in (("train.tsv", 4), ("dev.tsv", 1), ("test.tsv", 1)):
        lines = []
        for copy in range(copies):
            for labels, texts in TINY_TEXTS.items():
                for text in texts:
                    number += 1
                    lines.append(f"{text} {file[:2]}{copy}\t{labels}\tt{number}\n")
        (folder / file).write_text("".join(lines))


def tiny_params(checkpoint: Path) -> dict:
    """Return the project's own params.yaml with the tiny values in place."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["model"]["checkpoint"] = str(checkpoint)
    for section, values in TINY_PARAMS.items():
        params[section].update(values)
    return params


def write_project(project: Path, params: dict, rows: list[tuple[str, str]]) -> None:
    """Write a folder with the code, params that name a source `own`, and own.csv, rows of text and labels, for add."""
    for room in ("stages", "emotions"):
        shutil.copytree(ROOT / room, project / room, ignore=shutil.ignore_patterns("__pycache__"))
    (project / "data/teachers").mkdir(parents=True)
    (project / "data/teachers/none.json").write_text('{"labels": [], "source_sha256": {}, "teachers": {}}')
    (project / "params.yaml").write_text(yaml.safe_dump(params | {"data": {"source": "own", "format": "jsonl"}}))
    with (project / "own.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "labels"), *rows])


def run_python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess:
    """Run this Python in a folder, seeing no code but what lies there."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
