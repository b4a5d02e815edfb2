"""One label a row, from a table to a page: every stage and every command on a tiny source of one category a row."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from emotions.data.addition import Wishes, add
from emotions.data.columns import Asked, plan
from emotions.inference.predictions import load_predictions
from tests.tiny import ROOT, TINY_LABELS, TINY_TEXTS, tiny_params
from tests.warm import run_module

pytestmark = pytest.mark.slow

CHANGED = {"data": {"source": "own", "format": "jsonl"}, "problem": {"type": "single_label_classification"}}


@pytest.fixture(scope="module")
def project(tmp_path_factory, tiny_checkpoint):
    """A folder with the code, a source of one label a row and the outputs of all six stages."""
    folder = tmp_path_factory.mktemp("single")
    for room in ("stages", "emotions"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "data/teachers").mkdir(parents=True)
    (folder / "data/teachers/none.json").write_text('{"labels": [], "source_sha256": {}, "teachers": {}}')
    rows = [(f"{text} {copy}", TINY_LABELS[int(id)]) for id in "012" for text in TINY_TEXTS[id] for copy in range(10)]
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(folder / "own.csv", index=False)
    params = tiny_params(tiny_checkpoint) | CHANGED
    params["train"]["epochs"] = 4
    params["train"]["loss"]["name"] = "cross_entropy"
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        add("own", plan(Asked(["own.csv"])), Wishes(drop_empty=False, drop_unlabelled=False, min_rows=0, seed=42))
    for stage in ("prepare", "tokenize", "train", "evaluate", "threshold_sweep", "plot"):
        done = run_module(f"stages.{stage}", cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def here(project, monkeypatch):
    monkeypatch.chdir(project)
    return project


def test_probabilities_of_a_row_sum_to_1_and_the_most_probable_label_is_decided(here):
    test = load_predictions(here / "data/predictions/test.npz")
    assert test.probability.sum(axis=1) == pytest.approx(1, abs=1e-6)
    accuracy = (test.probability.argmax(axis=1) == test.truth.argmax(axis=1)).mean()
    evaluated = json.loads((here / "metrics/evaluate.json").read_text())["test"]
    assert evaluated["accuracy"] == evaluated["micro_f1"] == pytest.approx(accuracy, abs=1e-6)
    assert evaluated["top_3_accuracy"] == 1, "of three labels"
    sweep = json.loads((here / "metrics/threshold_sweep.json").read_text())
    assert sweep["policy"] == "argmax"
    assert sweep["test"]["accuracy"] == pytest.approx(accuracy, abs=1e-6)
    assert sweep["test"]["coverage"] == 1


def test_a_threshold_trades_coverage_for_accuracy(here):
    curve = pd.read_csv(here / "plots/threshold_curve.csv")
    assert curve["test_coverage"].iloc[0] == 1, "the most probable of three labels is never below 0.05"
    assert (curve["test_coverage"].diff().dropna() <= 0).all()
    assert curve["test_coverage"].tolist() == curve["test_predictions_per_row"].tolist()


def test_the_saved_model_is_transformers_own_kind_of_classifier(here):
    config = json.loads((here / "data/model/config.json").read_text())
    assert config["problem_type"] == "single_label_classification"
    assert json.loads((here / "data/thresholds.json").read_text())["problem_type"] == "single_label_classification"


def test_a_text_gets_one_label_and_no_threshold_is_shown(here, call):
    said = call("predict", "so happy today", "the bus leaves at nine").splitlines()
    assert len([line for line in said if line.startswith("  ") and "[" not in line]) == 2
    assert not any("threshold" in line for line in said)
    answered = json.loads(call("predict", "so happy today", "--json", "--all", "--policy", "fixed"))
    probabilities = [one["probability"] for one in answered["emotions"] + answered["below"]]
    assert sum(probabilities) == pytest.approx(1, abs=1e-6)
    assert len(answered["emotions"]) == (max(probabilities) >= 0.5)


def test_a_run_is_compared_and_reported(here, call):
    found = json.loads(call("compare", "workspace", "workspace", "--json"))
    assert found["a"]["policy"] == "argmax"
    sweep = json.loads((here / "metrics/threshold_sweep.json").read_text())
    scores = {row["metric"]: row["a"] for row in found["scores"]}
    assert scores["micro_f1"] == pytest.approx(sweep["test"]["accuracy"], abs=1e-6)
    call("report", "workspace")
    page = Path("build/report.html").read_text()
    assert "top 3 accuracy" in page
    assert "the most probable label" in page


def test_a_row_of_two_labels_is_refused_with_its_line(here):
    path = here / "data/raw/own/train.jsonl"
    before = path.read_text()
    path.write_text(before + '{"id": "new", "text": "both", "labels": ["joy", "anger"]}\n')
    done = run_module("stages.prepare", cwd=here)
    path.write_text(before)
    assert done.returncode == 1
    line = before.count("\n") + 1
    assert f"train.jsonl:{line}: expected one label; found 2; rows of any number of labels: dvc exp run" in done.stderr


def test_the_loss_of_many_labels_is_refused_before_anything_is_loaded(here):
    params = here / "params.yaml"
    before = params.read_text()
    params.write_text(before.replace("name: cross_entropy", "name: bce"))
    done = run_module("stages.train", cwd=here)
    params.write_text(before)
    assert done.returncode == 1
    assert "train.loss.name=bce is not made for problem.type=single_label_classification" in done.stderr
    assert np.isfinite(load_predictions(here / "data/predictions/test.npz").probability).all()
