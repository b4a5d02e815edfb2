import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import yaml

from emotions.errors import UserError
from emotions.inference.predictions import load_predictions, save_predictions


def test_the_workspace_is_compared_by_its_own_policy(project_copy, call):
    found = json.loads(call("compare", "workspace", "workspace", "--json"))
    sweep = json.loads((project_copy / "metrics/threshold_sweep.json").read_text())
    assert found["a"]["policy"] == sweep["policy"]
    scores = {row["metric"]: row["a"] for row in found["scores"]}
    assert scores["macro_f1"] == pytest.approx(sweep["test"]["macro_f1"], abs=1e-6)

    assert "| macro-F1 |" in call("compare", "workspace", "workspace", "--policy", "fixed_0_3", "--md")


def test_a_folder_with_a_checkout_is_compared_too(project_copy, tiny_project, call):
    assert "No label's F1 moved beyond the noise of test rows" in call("compare", str(tiny_project), "workspace")


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


def test_seeds_of_one_configuration_are_compared_as_one(project_copy, call):
    folders = []
    for seed in (1, 2, 3):
        folder = project_copy.with_name(f"copy-seed-{seed}")
        shutil.copytree(project_copy, folder)
        params = yaml.safe_load((folder / "params.yaml").read_text())
        params["train"]["seed"] = seed
        (folder / "params.yaml").write_text(yaml.safe_dump(params))
        path = folder / "data/predictions/test.npz"
        made = load_predictions(path)
        moved = np.clip(made.probability + np.random.default_rng(seed).normal(0, 0.05, made.probability.shape), 0, 1)
        save_predictions(path, replace(made, probability=moved))
        folders.append(str(folder))
    pattern = str(project_copy.with_name("copy-seed-*"))
    found = json.loads(call("compare", pattern, ",".join(folders), "--json"))
    assert (found["a"]["seeds"], found["b"]["seeds"]) == (3, 3)
    assert all(row["difference"] == 0 for row in found["scores"])
    for names, said in (
        (f"{folders[0]},{folders[0]}", "are one training: it counts once"),
        (str(project_copy.with_name("none-*")), "expected folders of such names; found none"),
    ):
        with pytest.raises(UserError, match=said):
            call("compare", "workspace", names)
    params = yaml.safe_load((folder / "params.yaml").read_text())
    params["train"]["epochs"] = 9
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    with pytest.raises(UserError, match=r"differ in train\.seed alone; found train\.epochs differing too"):
        call("compare", "workspace", pattern)
