import json
import subprocess
import sys

import pytest
import yaml

from emotions.errors import UserError
from emotions.reporting.experiments import LEGEND


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A commit whose params and metrics DVC knows, and a changed param in the workspace."""
    monkeypatch.chdir(tmp_path)
    sweep = {
        "policy": "global",
        "held_out_macro_f1": {"global": 0.5},
        "test": {"micro_f1": 0.7, "macro_f1": 0.6, "macro_f1_frequent": 0.65},
    }
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics/threshold_sweep.json").write_text(json.dumps(sweep))
    (tmp_path / "metrics/evaluate.json").write_text(json.dumps({"test": {"mean_average_precision": 0.71}}))
    files = {"metrics": ["metrics/threshold_sweep.json", "metrics/evaluate.json"], "params": ["params.yaml"]}
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump(files))
    (tmp_path / "params.yaml").write_text("train:\n  seed: 42\n")
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"]
    for command in (
        ["git", "init", "--quiet", "--initial-branch", "main"],
        [sys.executable, "-m", "dvc", "init", "--quiet"],
        ["git", "add", "--all"],
        ["git", *who, "commit", "--quiet", "--message", "A run"],
    ):
        subprocess.run(command, check=True)
    (tmp_path / "params.yaml").write_text("train:\n  seed: 43\n")
    return tmp_path


@pytest.mark.slow
def test_the_workspace_stands_beside_its_commit_with_what_it_changed(repository, call):
    header, *rows = call("experiments").splitlines()[:3]
    assert header.split() == ["experiment", "changed", "policy", "held", "out", "micro", "macro", "frequent", "mAP"]
    assert {row.split()[0]: row.split()[1] for row in rows} == {"workspace": "seed=43", "main": "–"}
    assert all(row.split()[2:] == ["global", "50.00", "70.00", "60.00", "65.00", "71.00"] for row in rows)


@pytest.mark.slow
def test_markdown_is_the_table_alone(repository, call):
    text = call("experiments", "--md")
    assert text.startswith("| experiment | changed | policy |")
    assert LEGEND not in text
    assert LEGEND in call("experiments")


@pytest.mark.slow
def test_earlier_commits_are_shown_whatever_dvc_finds_in_them(repository, call):
    commit = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.invalid", "commit", "--quiet", "--all"]
    good = (repository / "dvc.yaml").read_text()
    (repository / "dvc.yaml").write_text("params: [\n")
    subprocess.run([*commit, "--message", "Broken"], check=True)
    (repository / "dvc.yaml").write_text("metrics: [metrics/evaluate.json]\n")
    (repository / "params.yaml").unlink()
    subprocess.run([*commit, "--message", "Without params"], check=True)
    (repository / "dvc.yaml").write_text(good)
    (repository / "params.yaml").write_text("train:\n  seed: 44\n")
    subprocess.run(["git", "add", "--all"], check=True)
    subprocess.run([*commit, "--message", "Whole again"], check=True)
    _, _, *rows = call("experiments", "--all-commits", "--md").splitlines()
    policies = [row.split("|")[3].strip() for row in rows]
    assert sorted(policies) == ["global", "global", "global", "unreadable", "–"]


@pytest.mark.slow
def test_where_nothing_is_committed_it_is_said(tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "--quiet"], check=True)
    subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet"], check=True)
    with pytest.raises(UserError, match="expected a commit; found none"):
        call("experiments")


def test_where_dvc_has_nothing_to_show_it_is_said(tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="dvc exp show failed"):
        call("experiments")
