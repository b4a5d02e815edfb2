import json

import pytest

from emotions.errors import UserError


def test_the_workspace_is_compared_by_its_own_policy(project_copy, call):
    found = json.loads(call("compare", "workspace", "workspace", "--json"))
    sweep = json.loads((project_copy / "metrics/threshold_sweep.json").read_text())
    assert found["a"]["policy"] == sweep["policy"]
    scores = {row["metric"]: row["a"] for row in found["scores"]}
    assert scores["macro_f1"] == pytest.approx(sweep["test"]["macro_f1"], abs=1e-6)

    assert "| macro-F1 |" in call("compare", "workspace", "workspace", "--policy", "fixed_0_3", "--md")


def test_a_folder_with_a_checkout_is_compared_too(project_copy, tiny_project, call):
    assert "No label's F1 moved beyond noise" in call("compare", str(tiny_project), "workspace")


def test_an_unknown_policy_is_told_which_there_are(project_copy, call):
    with pytest.raises(UserError, match="--policy best: workspace has averaged, fixed"):
        call("compare", "workspace", "workspace", "--policy", "best")


def test_a_workspace_without_a_run_is_told_how_to_get_one(tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"validation\.npz: expected the outputs of a run; found none: dvc repro"):
        call("compare", "workspace", "workspace")


def test_two_layouts_at_once_are_refused(call):
    with pytest.raises(UserError, match="expected --md or --json; found both"):
        call("compare", "workspace", "workspace", "--md", "--json")
