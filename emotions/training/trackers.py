"""Experiment trackers that training reports to, besides the curves that DVC shows."""

import os
import time
from pathlib import Path

from transformers import TrainerCallback
from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK

from emotions.errors import UserError

FOLDER = Path("build")  # of what trackers write here; the stage's own outputs are those that dvc.yaml names


def build_trackers(name: str) -> list[TrainerCallback]:
    """Return the Trainer's callback for a tracker, in the process that reports; none for `none`.

    Raises UserError for a tracker that the Trainer does not know and for one that is not installed.
    """
    if name != "none" and name not in INTEGRATION_TO_CALLBACK:
        known = ", ".join(["none", *sorted(INTEGRATION_TO_CALLBACK)])
        raise UserError(f"train.report_to={name}: expected one of {known}")
    if name == "none" or os.environ.get("RANK", "0") != "0":
        return []
    try:
        callback = INTEGRATION_TO_CALLBACK[name](**_options(name))
    except (ImportError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise UserError(f"train.report_to={name}: {reason}; or: dvc exp run -S train.report_to=none") from None
    if name == "tensorboard":  # its own place would be among the checkpoints, which go when training ends
        callback.logging_dir = str(FOLDER / name / time.strftime("%Y-%m-%d-%H-%M-%S"))
    return [callback]


def _options(name: str) -> dict:
    if name != "dvclive":
        return {}
    from dvclive import Live

    # left alone it would write a pipeline file, save an experiment of its own and time the machine
    return {"live": Live(dir=str(FOLDER / name), dvcyaml=None, save_dvc_exp=False)}
