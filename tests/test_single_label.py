"""One label a row, from a table to a page: every stage and every command on a tiny source of one category a row."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emotions.errors import UserError
from emotions.experiments import blend as blending
from emotions.experiments import record as recording
from emotions.experiments.recorded import probabilities_of, read_run
from emotions.experiments.run import run_of
from emotions.experiments.sources import data_sha256
from emotions.inference.emotion_model import EmotionModel
from emotions.inference.predictions import load_predictions
from emotions.reporting.run_page import page, page_data
from tests.browser import CHROMIUM, rendered
from tests.tiny import TINY_LABELS, TINY_TEXTS, tiny_params, write_project
from tests.warm import add_and_run, run_module

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory, tiny_checkpoint):
    """A folder with the code, a source of one label a row and the outputs of all six stages."""
    folder = tmp_path_factory.mktemp("single")
    rows = [(f"{text} {copy}", TINY_LABELS[int(id)]) for id in "012" for text in TINY_TEXTS[id] for copy in range(10)]
    params = tiny_params(tiny_checkpoint) | {"problem": {"type": "single_label_classification"}}
    params["train"]["epochs"] = 4
    params["train"]["loss"]["name"] = "cross_entropy"
    write_project(folder, params, rows)
    add_and_run(folder)
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
    config = json.loads((here / "data/model/classifier/config.json").read_text())
    assert config["problem_type"] == "single_label_classification"
    assert (
        json.loads((here / "data/model/thresholds.json").read_text())["problem_type"] == "single_label_classification"
    )


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


def test_the_page_shows_how_good_answers_are_against_how_many_there_are(here, tmp_path):
    data = page_data(run_of("workspace"), None)
    points = pd.DataFrame(data["coverage"])
    sweep = pd.read_csv(here / "plots/threshold_curve.csv")
    for split in ("validation", "test"):
        answered = sweep[sweep[f"{split}_coverage"] > 0].drop_duplicates(f"{split}_coverage").round(4)
        for score, column in (("accuracy", "accuracy_of_answered"), ("macro-F1", "macro_f1_of_answered")):
            of = points[(points["split"] == split) & (points["score"] == score)]
            assert of["threshold"].tolist() == answered["threshold"].tolist()
            assert of["answered"].tolist() == answered[f"{split}_coverage"].tolist()
            assert of["of the answers"].tolist() == answered[f"{split}_{column}"].tolist()
    if CHROMIUM:
        path = tmp_path / "report.html"
        path.write_text(page(data))
        shown = rendered(path)
        assert shown.count('role="graphics-document"') == 4, "every chart is drawn"
        assert "share of rows answered" in shown


def test_the_pictures_are_of_one_label_a_row(here):
    cells = pd.read_csv(here / "plots/confusion_matrix.csv")
    test = load_predictions(here / "data/predictions/test.npz")
    assert cells["rows"].sum() == len(test.truth), "a row stands in one cell"
    for picture in ("confusion_matrix", "threshold_curves", "per_emotion_f1"):
        assert (here / f"plots/{picture}.png").read_bytes().startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def exported(project) -> Path:
    """The folder of the run exported as float32."""
    pytest.importorskip("onnxscript", reason="not installed: pip install -r requirements-export.txt")
    done = run_module("emotions", "export", cwd=project)
    assert done.returncode == 0, done.stderr
    return project / "models/exported/fp32"


def test_an_exported_model_answers_as_the_trained_one(here, exported):
    texts = ["so happy today", "the bus leaves at nine", "terrible awful [NAME]"]
    trained, released = EmotionModel.load("data/model"), EmotionModel.load(exported)
    assert released.policy == "argmax"
    said = released.predict_proba(texts)
    assert said.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert said == pytest.approx(trained.predict_proba(texts), abs=1e-4)
    answers = released.predict(texts)
    assert [list(answer) for answer in answers] == [[released.labels[best]] for best in said.argmax(axis=1)]


def test_the_card_of_an_exported_model_decides_as_the_model_does(exported, monkeypatch, capsys):
    monkeypatch.chdir(exported)
    card = Path("README.md").read_text()
    assert "several a text" not in card
    assert "multi-label" not in card
    _, with_package, without = card.split("```python\n")
    exec(with_package.split("```")[0], {})
    exec(without.split("```")[0], {})
    (answer,) = EmotionModel.load(".").predict(["So happy for you!"])
    assert [capsys.readouterr().out] == [f"{label}\n" for label in answer]


def test_the_service_gives_one_label_a_text(here):
    pytest.importorskip("fastapi", reason="not installed: pip install -r requirements-serve.txt")
    from fastapi.testclient import TestClient

    from emotions.serving.app import build_app
    from emotions.serving.limits import Limits

    limits = Limits(characters=100, texts=3, waiting=10, requests_per_minute=1000)
    with TestClient(build_app(EmotionModel.load("data/model"), limits)) as client:
        (answer,) = client.post("/predict", json={"texts": ["so happy today"]}).json()["answers"]
    (one,) = answer["emotions"]
    assert one["probability"] == max(answer["probabilities"].values())
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_a_run_is_recorded_and_read_back(here, monkeypatch):
    comes_from = {"data_sha256": data_sha256("own"), "model_sha256": "0", "parameters": 1, "git_revision": "0"}
    monkeypatch.setattr(recording, "provenance", lambda params: comes_from)
    recording.record("one-seed-42")
    run = read_run(Path("results/one-seed-42"))
    sweep = json.loads((here / "metrics/threshold_sweep.json").read_text())
    assert (run.problem.type, run.policy, run.examples) == ("single_label_classification", "argmax", None)
    assert run.test("argmax")["accuracy"] == pytest.approx(sweep["test"]["accuracy"], abs=1e-6)
    assert run.test("argmax")["coverage"] == 1
    stored = probabilities_of(Path("results/one-seed-42"))["test"]
    made = load_predictions(here / "data/predictions/test.npz").probability
    assert (stored.argmax(axis=1) == made.argmax(axis=1)).all(), "16 bits keep every decision"
    before = Path("results/one-seed-42/metrics.json").read_bytes()
    recording.score_again()
    assert Path("results/one-seed-42/metrics.json").read_bytes() == before


def test_a_blend_is_of_its_runs_problem(here, monkeypatch):
    comes_from = {"data_sha256": data_sha256("own"), "model_sha256": "0", "parameters": 1, "git_revision": "0"}
    monkeypatch.setattr(recording, "provenance", lambda params: comes_from)
    monkeypatch.setattr(blending, "made_by", lambda source: comes_from)
    for name in ("a", "b"):
        recording.record(name)
    blending.blend("both", ["a", "b"], weigh=False)
    both, one = (read_run(Path("results") / name) for name in ("both", "a"))
    assert (both.problem, both.policy) == (one.problem, "argmax")
    assert both.test("argmax")["accuracy"] == one.test("argmax")["accuracy"], "the mean of equals"

    params = Path("results/b/params.yaml")
    params.write_text(params.read_text().replace("single_label_classification", "multi_label_classification"))
    with pytest.raises(UserError, match="a is of single_label_classification, b of multi_label_classification"):
        blending.blend("mixed", ["a", "b"], weigh=False)


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
