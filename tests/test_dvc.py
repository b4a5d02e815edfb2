"""The commands people type, on the tiny project in a Git and DVC repository of its own."""

import json
import os
import shutil
import subprocess
import time

import numpy as np
import pytest
import yaml

from emotions.experiments.stored import read_probabilities
from tests.repository import SIX, dvc, git, name_author, ran, run, run_dvc
from tests.warm import run_module

pytestmark = pytest.mark.slow


@pytest.fixture
def clean(repository):
    """Leave the repository as it was, whatever the test does."""
    yield repository
    git(repository, "checkout", "--quiet", "--force", "HEAD")
    dvc(repository, "checkout", "--quiet")


def test_a_second_repro_does_nothing(repository):
    assert ran(dvc(repository, "repro")) == []
    assert git(repository, "status", "--porcelain") == ""


@pytest.mark.long  # .ci/run does so with the default pipeline
def test_a_forced_repro_gives_the_same_hashes(repository):
    assert ran(dvc(repository, "repro", "--force", warm=False)) == SIX
    assert git(repository, "status", "--porcelain") == "", "dvc.lock, metrics, plots: every byte as before"


def test_a_clone_without_data_needs_no_run(repository, tmp_path):
    git(tmp_path, "clone", "--quiet", str(repository), "clone")
    assert ran(dvc(tmp_path / "clone", "repro", "--allow-missing")) == []


@pytest.fixture
def elsewhere(repository, tmp_path):
    """A clone whose run made other data than its commit's dvc.lock names, which neither cache nor remote have."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repository), "clone")
    (tmp_path / "store").mkdir()
    dvc(clone, "remote", "add", "--local", "--default", "store", str(tmp_path / "store"))
    shutil.copytree(repository / "data/predictions", clone / "data/predictions")
    shutil.copytree(repository / "data/model", clone / "data/model")
    return clone


def test_a_comparison_with_data_that_nobody_has_says_what_to_commit(elsewhere):
    done = run(elsewhere, "python", "-m", "emotions", "compare", "HEAD", "workspace")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "HEAD is neither in DVC's cache nor on a remote" in done.stderr
    assert done.stderr.endswith("as on another processor, commit dvc.lock, metrics and plots\n")


def test_undo_of_data_that_nobody_has_says_what_to_run(elsewhere):
    params = elsewhere / "params.yaml"
    committed = params.read_text()
    params.write_text(committed.replace("fixed: 0.5", "fixed: 0.4"))
    done = run(elsewhere, "make", "undo", "DVC=dvc")
    assert done.returncode
    assert "undo: params.yaml, dvc.lock, metrics/ and plots/ are the last commit's again" in done.stdout
    assert params.read_text() == committed


def test_a_threshold_experiment_runs_the_sweep_alone(clean):
    output = dvc(clean, "exp", "run", "-S", "threshold_sweep.fixed=0.2")
    assert ran(output) == ["threshold-sweep"], "the plots too, were the curve another"
    params = json.loads(dvc(clean, "params", "diff", "--json"))
    assert list(params) == ["params.yaml"]
    assert list(params["params.yaml"]) == ["threshold_sweep.fixed"]
    assert params["params.yaml"]["threshold_sweep.fixed"]["new"] == 0.2


def test_a_training_experiment_shows_in_the_diffs_of_metrics_and_plots(clean):
    output = dvc(clean, "exp", "run", "-S", "train.loss.weighting=inverse", "-S", "train.loss.name=focal")
    assert ran(output) == ["train", "evaluate", "threshold-sweep", "plot"]
    changed = json.loads(dvc(clean, "metrics", "diff", "--json"))
    assert changed["metrics/evaluate.json"]["test.loss"]["diff"] != 0
    assert "metrics/prepare.json" not in changed
    assert "macro_f1" in dvc(clean, "metrics", "diff", "--md")
    plots = json.loads(dvc(clean, "plots", "diff", "--json", "HEAD"))["data"]
    for name in ("loss", "f1_at_0_5", "f1_by_threshold", "plots/training.csv", "plots/training.png"):
        revisions = {revision for one in plots[name] for revision in one["revisions"]}
        assert revisions == {"workspace", "HEAD"}, name


def test_a_mistyped_parameter_is_refused_by_name(clean):
    done = run_dvc(clean, "exp", "run", "-S", "threshold_sweep.objective=macro")
    assert done.returncode != 0
    assert (
        "params.yaml: threshold_sweep.objective: Input should be 'micro_f1' or 'macro_f1'; found 'macro'"
        in done.stdout + done.stderr
    )


@pytest.fixture
def record(clean):
    """A function that calls a command of the door in the clean project; its records are gone in the end."""

    def call(command: str, *arguments: str) -> subprocess.CompletedProcess:
        return run_module("emotions", command, *arguments, cwd=clean)

    yield call
    shutil.rmtree(clean / "results", ignore_errors=True)


def test_a_finished_run_is_recorded_once_and_can_be_scored_again(clean, record):
    done = record("record", "tiny")
    assert done.returncode == 0, done.stderr
    folder = clean / "results/tiny"
    assert {path.name for path in folder.iterdir()} == {
        "params.yaml", "provenance.json", "training.csv", "predictions.npz", "metrics.json",
        "thresholds.json",
        "resampled.npz", "per_emotion.csv", "groups.csv", "confused_pairs.csv", "threshold_curve.csv",
    }  # fmt: skip
    assert (folder / "params.yaml").read_bytes() == (clean / "params.yaml").read_bytes()
    provenance = json.loads((folder / "provenance.json").read_text())
    assert provenance["git_revision"] == git(clean, "rev-parse", "HEAD").strip()
    assert provenance["precision"] == "fp32"
    with np.load(folder / "predictions.npz") as arrays:
        for split in ("validation", "test"):
            assert arrays[f"{split}_high"].shape == arrays[f"{split}_place"].shape == (3, 14)
    again = record("record", "tiny")
    assert again.returncode != 0
    assert "is there already" in again.stderr

    metrics = (folder / "metrics.json").read_bytes()
    (folder / "metrics.json").write_text("{}")
    assert record("record", "--again").returncode == 0
    assert (folder / "metrics.json").read_bytes() == metrics


def test_baselines_and_blends_are_recorded_as_runs_are(clean, record):
    (clean / "results").mkdir()
    (clean / "results/runs.yaml").write_text("base: {data.source: tiny, scores.frequent_rows: 2}\nruns: {}\n")
    for features in ("tfidf", "frozen"):
        done = record("baselines", features)
        assert done.returncode == 0, done.stderr
    frozen = json.loads((clean / "results/frozen-logistic-regression/provenance.json").read_text())
    encoder = json.loads((clean / "metrics/train.json").read_text())["parameters"]
    assert frozen["parameters"] > 0.9 * encoder, "the encoder counts: comments pass through it"
    done = record("blend", "both", "tfidf-logistic-regression", "frozen-logistic-regression", "--weigh")
    assert done.returncode == 0, done.stderr
    weights = yaml.safe_load((clean / "results/both/params.yaml").read_text())["blend"]
    assert sum(weights.values()) == pytest.approx(1)
    sizes = {"validation": 14, "test": 14}
    said = {
        name: read_probabilities(clean / f"results/{name}/predictions.npz", sizes, 3)["test"]
        for name in ("both", *weights)
    }
    expected = sum(weight * said[name] for name, weight in weights.items())
    assert said["both"] == pytest.approx(expected, abs=1e-3), "kept in 16 bits"


def test_experiments_and_revisions_are_compared(clean, record):
    dvc(clean, "exp", "run", "--name", "lower", "-S", "threshold_sweep.policy=fixed", "-S", "threshold_sweep.fixed=0.2")
    for a, b in (("HEAD", "workspace"), ("HEAD", "lower")):
        done = record("compare", a, b)
        assert done.returncode == 0, done.stderr
        assert f"A is {a} (" in done.stdout
        assert f"B is {b} (fixed)" in done.stdout
        assert "threshold_sweep.fixed" in done.stdout
    done = record("compare", "HEAD", "no-such-run")
    assert done.returncode != 0
    assert done.stderr.startswith("no-such-run: expected a git revision, an experiment (dvc exp list)")
    dvc(clean, "exp", "remove", "lower")


def test_a_grid_runs_through_the_queue_and_the_winner_is_kept(clean):
    dvc(clean, "exp", "run", "--queue", "--name", "grid", "-S", "threshold_sweep.fixed=0.1,0.2")
    assert dvc(clean, "queue", "status").count("Queued") == 2
    dvc(clean, "queue", "start", "--jobs", "1")
    deadline = time.monotonic() + 240
    while dvc(clean, "queue", "status").count("Success") < 2:
        assert time.monotonic() < deadline, dvc(clean, "queue", "status")
        time.sleep(3)
    shown = dvc(clean, "exp", "show", "--md", "--only-changed", "--sort-by", "test_macro_f1.fixed")
    assert shown.count("grid-") == 2
    before = git(clean, "rev-parse", "HEAD").strip()
    dvc(clean, "exp", "branch", "grid-2", "winner")
    git(clean, "merge", "--quiet", "winner")
    dvc(clean, "checkout", "--quiet")
    assert yaml.safe_load((clean / "params.yaml").read_text())["threshold_sweep"]["fixed"] == 0.2
    assert json.loads((clean / "data/model/thresholds.json").read_text())["policies"]["fixed"]["joy"] == 0.2
    git(clean, "reset", "--quiet", "--hard", before)
    dvc(clean, "exp", "remove", "grid-1", "grid-2")


def test_a_model_teaches_the_next_one(clean, record):
    assert record("teach", "first").returncode == 0
    assert ran(dvc(clean, "exp", "run", "-S", "train.distillation.teacher=first", "train")) == ["train"]
    assert record("teach", "none").returncode != 0
    for file in (clean / "data/teachers").glob("first.*"):
        file.unlink()


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("params.yaml", "fixed: 0.5", "fixed: 0.4", "not a finished run, threshold-sweep changed: dvc repro"),
        ("stages/plot.py", "import", "# a note\nimport", "the code differs from its commit"),
    ],
)
def test_an_unfinished_run_is_not_recorded(clean, path, old, new, said):
    (clean / path).write_text((clean / path).read_text().replace(old, new, 1))
    done = run_module("emotions", "record", "tiny", cwd=clean)
    assert done.returncode != 0
    assert said in done.stderr
    assert not (clean / "results/tiny").exists()


def test_undo_works_where_git_takes_a_changed_file_for_unchanged(clean):
    """As after a failed experiment: same size, same time as when Git last looked, which trustctime stands for here."""
    git(clean, "config", "core.trustctime", "false")
    params = clean / "params.yaml"
    committed = params.read_text()
    an_hour_ago = (time.time() - 3600,) * 2
    os.utime(params, an_hour_ago)
    git(clean, "update-index", "--refresh")
    params.write_text(committed.replace("fixed: 0.5", "fixed: 0.4"))
    os.utime(params, an_hour_ago)
    git(clean, "checkout", "params.yaml")
    assert params.read_text() != committed, "Git saw nothing to check out"
    done = run(clean, "make", "undo", "DVC=dvc")
    assert done.returncode == 0, done.stderr
    assert params.read_text() == committed


def test_an_experiment_changes_one_line_of_params(root, tmp_path):
    git(tmp_path, "init", "--quiet")
    name_author(tmp_path)
    dvc(tmp_path, "init", "--quiet")
    shutil.copy(root / "params.yaml", tmp_path)
    (tmp_path / "dvc.yaml").write_text("stages: {nothing: {cmd: 'true', params: [train]}}\n")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "The project's params")
    dvc(tmp_path, "exp", "run", "-S", "train.loss.weighting=inverse")
    assert git(tmp_path, "diff", "--numstat", "params.yaml") == "1\t1\tparams.yaml\n"
