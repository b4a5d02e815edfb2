"""A run to compare or to report on: a revision, an experiment, a folder with a checkout, or a record."""

import io
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from emotions.data.targets import multi_hot
from emotions.errors import UserError, reading
from emotions.experiments.protocol import PROTOCOL
from emotions.experiments.recorded import (
    is_record,
    metrics_of,
    own_thresholds,
    probabilities_of,
    protocol_thresholds,
    read_table,
    settings_of,
)
from emotions.experiments.sources import SPLITS, read_described
from emotions.inference.predictions import Predictions, read_predictions
from emotions.metrics.decisions import decide
from emotions.metrics.problem import Problem, problem_of
from emotions.params import PARAMS, flat, parse_sections
from emotions.thresholds.chosen import CHOSEN, Chosen
from emotions.thresholds.search import Ranked, rank_labels

PREDICTIONS = "data/predictions/{}.npz"
THRESHOLDS = str(CHOSEN)
COMMENTS = "data/prepared/validation.parquet"
TRAINING = "plots/training.csv"
WORKSPACE = "workspace"
SEED_KEY = "train.seed"
OWN = "own"  # the policy, and of a record the calibration too, that each run's own threshold_sweep chose


@dataclass(frozen=True)
class Run:
    """A run: its calibrated predictions of validation and test, each policy's thresholds (labels,), the one it uses."""

    name: str
    policy: str
    params: dict
    problem: Problem
    sweep: dict  # the params that its thresholds were chosen by: its own, or those of the protocol of records
    thresholds: dict[str, np.ndarray]
    validation: Predictions
    test: Predictions

    @property
    def labels(self) -> list[str]:
        return self.test.labels.tolist()

    @cached_property
    def decided(self) -> np.ndarray:
        """What it decides on test, (rows, labels) of 0 and 1."""
        return decide(self.candidates["test"], self.thresholds[self.policy])

    @cached_property
    def candidates(self) -> dict[str, np.ndarray]:
        """Each split's probabilities of what thresholds decide on, (rows, labels)."""
        return {split: self.problem.candidates(predictions.probability) for split, predictions in self.splits.items()}

    @cached_property
    def ranked(self) -> dict[str, list[Ranked]]:
        """Each split's rows ranked, label by label."""
        return {
            split: list(rank_labels(predictions.truth, self.candidates[split]))
            for split, predictions in self.splits.items()
        }

    @property
    def splits(self) -> dict[str, Predictions]:
        return {"validation": self.validation, "test": self.test}


def content(path: str, revision: str) -> bytes:
    """Return a file of a checkout's folder, or of a revision from Git, DVC's cache or a remote.

    Raises UserError where it is not there.
    """
    folder = Path() if revision == WORKSPACE else Path(revision)
    if folder.is_dir():
        if not (folder / path).is_file():
            raise UserError(f"{folder / path}: expected the outputs of a run; found none: dvc repro, or dvc pull")
        return (folder / path).read_bytes()

    import dvc.api  # seconds, not spent on the workspace or on records
    from dvc.exceptions import DvcException
    from dvc.scm import RevError
    from dvc_data.index import DataIndexDirError

    try:
        return dvc.api.read(path, rev=revision, mode="rb")
    except RevError:
        raise UserError(
            f"{revision}: expected a git revision, an experiment (dvc exp list), {WORKSPACE}, a folder or a record"
        ) from None
    except (DvcException, DataIndexDirError):
        raise UserError(
            f"{path} of {revision} is neither in DVC's cache nor on a remote: dvc fetch, or check {revision} out and "
            "dvc repro; where that makes other data than the commit names, as on another processor, commit dvc.lock, "
            "metrics and plots"
        ) from None


def run_of_revision(revision: str, policy: str | None) -> Run:
    """Return what a revision's pipeline made; `policy` None, or OWN, is the one that its sweep chose."""
    splits = {}
    for split in SPLITS:
        path = PREDICTIONS.format(split)
        splits[split] = read_predictions(
            io.BytesIO(content(path, revision)), f"{path} of {revision}", "dvc repro there"
        )
    chosen = Chosen.parse(content(THRESHOLDS, revision), f"{THRESHOLDS} of {revision}")
    chosen.refuse_other_labels(splits["test"].labels.tolist(), f"{THRESHOLDS} of {revision}")
    chosen.refuse_other_model(splits["test"].model, f"{THRESHOLDS} of {revision}")
    calibrated = {
        split: replace(predictions, probability=chosen.calibration.apply(predictions.probability))
        for split, predictions in splits.items()
    }
    params = parse_sections(content(str(PARAMS), revision), f"{PARAMS} of {revision}")
    policy = known(chosen.policy if policy in (None, OWN) else policy, chosen.policies, revision)
    problem = problem_of(params)
    return Run(revision, policy, params, problem, params["threshold_sweep"], chosen.policies, **calibrated)


def run_of_record(folder: Path, policy: str | None) -> Run:
    """Return what a record holds, with the truth from its source's files, which must be here.

    `policy` None is the one that the protocol of records chose, OWN what the run's own threshold_sweep chose.
    """
    name, params = str(folder), settings_of(folder)
    labels, rows = read_described(params["data"]["source"])
    probability = probabilities_of(folder)
    if policy == OWN:
        own = own_thresholds(folder)
        if own is None:
            raise UserError(f"--policy {OWN}: {name} has no thresholds but those of the protocol of records")
        policy, thresholds, sweep = own.policy, own.policies, params["threshold_sweep"]
        probability = {split: own.calibration.apply(values) for split, values in probability.items()}
    else:
        sweep = PROTOCOL.model_dump()
        thresholds = protocol_thresholds(folder, labels)
        policy = known(policy or metrics_of(folder)["policy"], thresholds, name)
    splits = {
        split: Predictions(
            truth=multi_hot([row.labels for row in rows[split]], len(labels)),
            probability=probability[split],
            ids=np.array([row.id for row in rows[split]]),
            labels=np.array(labels),
        )
        for split in SPLITS
    }
    return Run(name, policy, params, problem_of(params), sweep, thresholds, **splits)


def known(policy: str, thresholds: dict[str, np.ndarray], name: str) -> str:
    """Return the policy; raises UserError where the run has no thresholds by it."""
    if policy not in thresholds:
        raise UserError(f"--policy {policy}: {name} has {', '.join(thresholds)}")
    return policy


def run_of(name: str, policy: str | None = None) -> Run:
    """Return the run of that name; raises UserError, in words, where there is none or not all of it."""
    return run_of_record(Path(name), policy) if is_record(Path(name)) else run_of_revision(name, policy)


def validation_comments(run: Run) -> dict[str, str]:
    """Return the text of each validation comment by its id."""
    if is_record(Path(run.name)):
        _, rows = read_described(run.params["data"]["source"])
        return {row.id: row.text for row in rows["validation"]}
    with reading(f"{COMMENTS} of {run.name}", "a table of id and text", "dvc repro there"):
        table = pd.read_parquet(io.BytesIO(content(COMMENTS, run.name)), columns=["id", "text"])
    return dict(zip(table["id"], table["text"], strict=True))


def fitting(name: str) -> list[str]:
    """Return a name, or the folders that fit one with `*`; raises UserError where none does."""
    if "*" not in name:
        return [name]
    folders = sorted(str(path) for path in Path(name).parent.glob(Path(name).name))
    if not folders:
        raise UserError(f"{name}: expected folders of such names; found none")
    return folders


def runs_of(names: str, policy: str | None = None) -> list[Run]:
    """Return the runs of names joined by commas, where `*` stands for any part of a folder's name: one configuration.

    Raises UserError as `run_of` does, for a pattern that fits nothing, for one run named twice, and for several that
    differ in more than their seed.
    """
    runs = [run_of(name, policy) for part in names.split(",") for name in fitting(part)]
    first = runs[0]
    for place, run in enumerate(runs[1:], start=1):
        refuse_other_rows(first, run)
        ours, theirs = flat("", first.params), flat("", run.params)
        if differing := [key for key in ours | theirs if key != SEED_KEY and ours.get(key) != theirs.get(key)]:
            raise UserError(
                f"{first.name} and {run.name}: expected seeds of one configuration, which differ in {SEED_KEY} alone; "
                f"found {', '.join(differing)} differing too"
            )
        for earlier in runs[:place]:
            if np.array_equal(earlier.test.probability, run.test.probability):
                raise UserError(f"{earlier.name} and {run.name} are one training: it counts once")
    return runs


def training(run: Run) -> pd.DataFrame | None:
    """Return a run's curves, one row an epoch; None for a blend or a baseline, which have none."""
    if not is_record(Path(run.name)):
        with reading(f"{TRAINING} of {run.name}", "a CSV of a row an epoch", "dvc repro there"):
            return pd.read_csv(io.BytesIO(content(TRAINING, run.name)))
    path = Path(run.name) / "training.csv"
    return read_table(path) if path.is_file() else None


def refuse_other_rows(a: Run, b: Run) -> None:
    """Raise UserError unless both were scored on the same test comments with the same labels."""
    if a.labels != b.labels:
        raise UserError(f"{a.name} has {len(a.labels)} labels, {b.name} {len(b.labels)} or others; nothing to compare")
    if a.test.ids.tolist() != b.test.ids.tolist() or (a.test.truth != b.test.truth).any():
        raise UserError(
            f"{a.name} and {b.name} were scored on different test comments ({len(a.test.ids):,} and "
            f"{len(b.test.ids):,}, or other labels of them); compare runs on one source"
        )
