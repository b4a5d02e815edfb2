"""Where a record comes from: committed code, data and model hashes, the environment that training noted."""

import json
import subprocess
import sys
from pathlib import Path

from emotions.artifacts import sha256
from emotions.errors import UserError
from emotions.experiments.sources import data_sha256
from emotions.manifest import MODEL, WEIGHTS

TRAINING = Path("metrics/train.json")
CODE = ["stages", "emotions", "dvc.yaml", "requirements.txt", "constraints.txt"]


def output_of(*command: str) -> str:
    """Return what a command prints; raises UserError, saying which failed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def made_by(source: str) -> dict:
    """Return the committed code and the data that a record comes from; raises UserError for uncommitted code."""
    changed = output_of("git", "status", "--porcelain", "--", *CODE)
    if changed:
        raise UserError(f"the code differs from its commit; commit first, then run again: {changed.split()[1]}, ...")
    return {
        "git_revision": output_of("git", "rev-parse", "HEAD"),
        "data_sha256": data_sha256(source),
    }


def provenance(params: dict) -> dict:
    """Return what made the run: data, teacher and model hashes, git revision, the environment that training noted.

    Raises UserError where the workspace is not a finished run of committed code.
    """
    from emotions.training.distillation import TEACHERS  # as below: seconds, not spent on scoring records again

    code = made_by(params["data"]["source"])
    teachers = TEACHERS / f"{params['train']['distillation']['teacher']}.json"
    stale = list(json.loads(output_of(sys.executable, "-m", "dvc", "status", "--json", "dvc.yaml")))
    if stale:
        raise UserError(f"the workspace is not a finished run, {', '.join(stale)} changed: dvc repro")
    return {
        **code,
        "teachers_sha256": {
            f"{name}.npz": digest
            for name, digest in json.loads(teachers.read_text(encoding="utf-8"))["teachers"].items()
        },
        "model_sha256": sha256(MODEL / WEIGHTS),
        "parameters": json.loads(TRAINING.read_text(encoding="utf-8"))["parameters"],
        **json.loads((MODEL / "environment.json").read_text(encoding="utf-8")),
    }
