"""Whole checkpoints of a training, from which one that was cut off goes on to the same bytes."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import torch
from torch import distributed
from transformers import Trainer, TrainerCallback
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from emotions.artifacts import sha256, write_json
from emotions.errors import UserError
from emotions.stage import difference, locked
from emotions.training.callbacks import WeightAverage

WHOLE = "whole.json"  # written last: the sha256 of each file that going on from a checkpoint needs
RUN = "run.json"  # what the run of a folder's checkpoints read, and where it ran
KEPT = 2  # whole checkpoints, should the newer be cut short by what ended the run


def runs_folder() -> Path:
    """Return the folder of all runs' checkpoints, a folder a run.

    It lies in the project itself, which DVC names to its stages, also where they work in a copy that goes when they
    end: those of the queue and of `dvc exp run --temp` do.
    """
    return Path(os.environ.get("DVC_ROOT", ".")).resolve() / "data/.train"


@contextmanager
def run_folder(inputs: dict[str, object]) -> Iterator[Path]:
    """Yield the folder for the checkpoints of the run that reads these inputs, a flat dict; no other uses it meanwhile.

    What is left in it goes at the end unless there is a checkpoint to go on from. Raises UserError where the same
    training is under way, and says on Ctrl-C what comes next.
    """
    folder = runs_folder() / hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]
    try:
        with locked(_lock_of(folder), "a training of the same inputs is under way"):
            try:
                yield folder
            except KeyboardInterrupt:
                whole = whole_checkpoints(folder)
                next_step = f"the same command goes on after step {step_of(whole[0])}" if whole else ""
                raise KeyboardInterrupt(next_step) from None
            finally:
                if "LOCAL_RANK" not in os.environ and not whole_checkpoints(folder):
                    shutil.rmtree(folder, ignore_errors=True)
    finally:
        with suppress(OSError):  # checkpoints of other runs are there
            runs_folder().rmdir()


def step_of(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix(f"{PREFIX_CHECKPOINT_DIR}-"))


def whole_checkpoints(folder: Path) -> list[Path]:
    """Return a run's whole checkpoints, the latest first; their files may have been cut short since."""
    return sorted((path.parent for path in folder.glob(f"*/{WHOLE}")), key=step_of, reverse=True)


def files_of(whole: Path) -> dict[Path, str]:
    """Return each file that a whole checkpoint needs, those of the best epoch before it too, with its sha256."""
    listed = json.loads((whole / WHOLE).read_text(encoding="utf-8"))
    return {whole.parent / name: expected for name, expected in listed.items()}


def last_whole(folder: Path) -> tuple[Path | None, list[Path]]:
    """Return the last checkpoint of a run whose files are all as they were written, and a damaged one of each later."""
    passed = []
    for whole in whole_checkpoints(folder):
        damaged = [path for path, expected in files_of(whole).items() if not path.is_file() or sha256(path) != expected]
        if not damaged:
            return whole, passed
        passed.append(damaged[0])
    return None, passed


def begin(folder: Path, run: dict[str, object]) -> list[str]:
    """Leave in a run's folder the checkpoint to go on from, if there is one; return what there is to say of it.

    `run` is a flat dict of what the checkpoints must agree on: what the run reads, the versions and the machine.
    """
    said = []
    for other in [folder, *_abandoned(folder)]:
        path = other / RUN
        changed = difference(json.loads(path.read_text(encoding="utf-8")), run) if path.is_file() else None
        if changed and whole_checkpoints(other):
            said.append(f"a checkpoint of an earlier run is not used: {changed}")
        if changed and other == folder:
            shutil.rmtree(folder)
    last, damaged = last_whole(folder)
    kept = {path.parent for path in files_of(last)} if last else set()
    for checkpoint in folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*"):
        if checkpoint not in kept:
            shutil.rmtree(checkpoint)
    write_json(folder / RUN, run, digits=None)
    said += [f"a checkpoint is not used: {path} is missing or not as it was written" for path in damaged]
    if last:
        saved = time.strftime("%Y-%m-%d %H:%M", time.localtime((last / WHOLE).stat().st_mtime))
        said.append(f"goes on after step {step_of(last)}, saved {saved}")
    return said


def end(folder: Path) -> None:
    """Remove the checkpoints of a run that has ended; in the project itself, also those of runs that never did.

    A run in a copy leaves others' alone: a queue may hold them.
    """
    in_a_copy = not runs_folder().is_relative_to(Path.cwd().resolve())
    for over in [folder, *([] if in_a_copy else _abandoned(folder))]:
        shutil.rmtree(over)


def _abandoned(folder: Path) -> list[Path]:
    """Return the folders of other runs than this, those that are under way left out."""
    found = []
    for other in sorted(set(folder.parent.glob("*/")) - {folder}):
        with suppress(UserError), locked(_lock_of(other), "under way"):
            found.append(other)
    return found


def _lock_of(folder: Path) -> Path:
    return folder.with_suffix(".lock")


class WholeCheckpoints(TrainerCallback):
    """Have the Trainer save all that it needs to go on, every so many minutes; remove what no longer serves.

    The weights of the best epoch are saved anyway, alone. A whole checkpoint falls inside an epoch, never on its last
    step, after which the epoch is still to be scored.
    """

    def __init__(self, trainer: Trainer, minutes: float, average: WeightAverage | None):
        self.trainer = trainer
        self.seconds = 60 * minutes
        self.average = average

    def on_train_begin(self, args, state, control, **kwargs):
        self.saved = time.monotonic()
        if not state.global_step:
            return
        checkpoint = Path(args.output_dir, f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}")
        self.trainer.sampler.set_epoch(int(state.epoch))
        loss = json.loads((checkpoint / f"loss_{args.process_index}.json").read_text(encoding="utf-8"))
        self.trainer._tr_loss += loss["sum"]  # of the epoch's steps so far, of which the Trainer logs the mean
        self.trainer._globalstep_last_logged = loss["since_step"]
        if self.average:
            self.average.load(checkpoint / "average.safetensors")

    def on_step_end(self, args, state, control, **kwargs):
        last_of_epoch = state.global_step % (state.max_steps // state.num_train_epochs) == 0
        if self._due(args) and not last_of_epoch:
            args.save_only_model = False
            control.should_save = True

    def on_save(self, args, state, control, **kwargs):
        checkpoint = Path(args.output_dir, f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}")
        if not args.save_only_model:
            self._complete(args, state, checkpoint)
            args.save_only_model = True
            self.saved = time.monotonic()
        if state.is_world_process_zero:
            kept = {Path(state.best_model_checkpoint)} if state.best_model_checkpoint else set()
            for whole in whole_checkpoints(checkpoint.parent)[:KEPT]:
                kept |= {path.parent for path in files_of(whole)}
            for other in checkpoint.parent.glob(f"{PREFIX_CHECKPOINT_DIR}-*"):
                if other not in kept:
                    shutil.rmtree(other)

    def _due(self, args) -> bool:
        """Return whether it is time, by the clock of the first process."""
        if not self.seconds:
            return False
        due = time.monotonic() - self.saved >= self.seconds
        if args.world_size > 1:
            agreed = torch.tensor(due, dtype=torch.uint8, device=args.device)
            distributed.broadcast(agreed, src=0)
            due = bool(agreed)
        return due

    def _complete(self, args, state, checkpoint: Path) -> None:
        """Add what the Trainer does not save, then the list of files that makes the checkpoint whole."""
        loss = {"sum": self.trainer._tr_loss.item(), "since_step": self.trainer._globalstep_last_logged}
        write_json(checkpoint / f"loss_{args.process_index}.json", loss, digits=None)
        self.trainer.accelerator.wait_for_everyone()
        if not state.is_world_process_zero:
            return
        if self.average:
            self.average.save(checkpoint / "average.safetensors")
        (checkpoint / "training_args.bin").unlink()  # a pickle, of what params.yaml says
        folders = [checkpoint, *([Path(state.best_model_checkpoint)] if state.best_model_checkpoint else [])]
        files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
        write_json(checkpoint / WHOLE, {str(path.relative_to(checkpoint.parent)): sha256(path) for path in files})
