import dataclasses
import json
import re
import shutil

import numpy as np
import pytest
import yaml
from sklearn.metrics import f1_score

pytest.importorskip("onnxscript", reason="not installed: pip install -r requirements-export.txt")

from emotions import EmotionModel
from emotions.errors import UserError
from emotions.inference.predictions import Predictions, load_predictions, save_predictions
from emotions.metrics.platt import Calibration
from emotions.metrics.problem import MULTI_LABEL, PROBLEMS
from emotions.release.export import Candidate, export, refuse_a_worse_one
from emotions.release.params import ExportParams
from emotions.thresholds.chosen import Chosen
from tests.repository import dvc, git, name_author, ran
from tests.tiny import ROOT, TINY_LABELS, run_python

KINDS = ["fp32", "int8"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_is_whole_by_itself(tiny_export, kind, tmp_path):
    folder = shutil.copytree(tiny_export / "models/exported" / kind, tmp_path / "elsewhere")
    files = {"model.onnx", "tokenizer.json", "thresholds.json", "manifest.json", "README.md"}
    assert {path.name for path in folder.iterdir()} == files
    assert EmotionModel.load(folder).labels == TINY_LABELS


def test_metrics_follow_from_the_folders_and_the_truth(tiny_export):
    metrics = json.loads((tiny_export / "models/export.json").read_text())
    made = load_predictions(tiny_export / "data/predictions/test.npz")
    texts = [line.split("\t")[0] for line in (tiny_export / "data/raw/tiny/test.tsv").read_text().splitlines()]
    for kind in KINDS:
        model = EmotionModel.load(tiny_export / "models/exported" / kind)
        decided = model.predict_proba(texts).astype(float) >= model.thresholds
        expected = f1_score(made.truth, decided, average="micro", zero_division=0)
        assert metrics[kind]["test"]["micro_f1"] == pytest.approx(expected, abs=1e-6)
        assert model.policy == metrics["policy"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_of_the_model_card_runs_in_its_folder(tiny_export, kind):
    folder = tiny_export / "models/exported" / kind
    ours, bare = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    done = run_python("-c", bare, cwd=folder)
    assert done.returncode == 0, done.stderr
    (emotions,) = EmotionModel.load(folder).predict(["So happy for you!"])
    assert done.stdout.strip() == str([label for label in TINY_LABELS if label in emotions])
    done = run_python("-c", f"import sys; sys.path.insert(0, {str(tiny_export)!r})\n{ours}", cwd=folder)
    assert done.returncode == 0, done.stderr


def one_label(probability: list[float], threshold: float) -> Candidate:
    """Return a candidate on 4 rows of one label, the first two of which carry it."""
    rows = Predictions(
        truth=np.array([[1], [1], [0], [0]], dtype=np.uint8),
        probability=np.array(probability)[:, None],
        ids=np.array(["a", "b", "c", "d"]),
        labels=np.array(["joy"]),
    )
    chosen = Chosen(PROBLEMS[MULTI_LABEL], ["joy"], "global", Calibration.none(1), {"global": np.array([threshold])})
    return Candidate(chosen, {"validation": rows, "test": rows})


def limits(**changed: float) -> ExportParams:
    return ExportParams(**{"fp32_agreement": 0.9999, "int8_loss": 0.3, "licence": "mit", "language": "en"} | changed)


GOOD, ONE_MISSED = [0.9, 0.8, 0.2, 0.1], [0.9, 0.3, 0.2, 0.1]


def test_float32_that_decides_otherwise_is_refused():
    forms = {"fp32": one_label(ONE_MISSED, 0.5), "int8": one_label(GOOD, 0.5)}
    with pytest.raises(UserError, match="agrees with the trained model on 75.0000% of the decisions"):
        refuse_a_worse_one(one_label(GOOD, 0.5), forms, limits())
    refuse_a_worse_one(one_label(GOOD, 0.5), forms, limits(fp32_agreement=0.75))


def test_int8_that_loses_too_much_is_refused():
    """Missing one of two rows costs a third of F1: from 1 to 2/3."""
    forms = {"fp32": one_label(GOOD, 0.5), "int8": one_label(ONE_MISSED, 0.5)}
    with pytest.raises(UserError, match="int8 loses 33.33 points of micro_f1"):
        refuse_a_worse_one(one_label(GOOD, 0.5), forms, limits())
    refuse_a_worse_one(one_label(GOOD, 0.5), forms, limits(int8_loss=0.34))


def test_int8_is_judged_by_thresholds_of_its_own():
    forms = {"fp32": one_label(GOOD, 0.5), "int8": one_label(ONE_MISSED, 0.25)}
    refuse_a_worse_one(one_label(GOOD, 0.5), forms, limits())


@pytest.mark.slow
def test_a_worse_form_leaves_nothing(project_copy):
    path = project_copy / "data/predictions/validation.npz"
    made = load_predictions(path)
    save_predictions(path, dataclasses.replace(made, probability=1 - made.probability))
    with pytest.raises(UserError, match=r"float32 graph agrees .* nothing was exported"):
        export()
    assert not (project_copy / "models/export.json").exists()
    assert list((project_copy / "models").iterdir()) == []


def test_predictions_of_other_rows_are_refused(project_copy):
    path = project_copy / "data/predictions/test.npz"
    made = load_predictions(path)
    save_predictions(path, dataclasses.replace(made, ids=made.ids[::-1]))
    with pytest.raises(UserError, match="are of other rows: dvc repro"):
        export()


def test_a_run_whose_model_is_gone_is_refused(project_copy):
    """As after a train stage that failed: DVC has removed the earlier model, the predictions of it are still there."""
    shutil.rmtree(project_copy / "data/model/classifier")
    with pytest.raises(UserError, match=r"model\.safetensors: expected .*; found none: dvc repro, or dvc pull"):
        export()


@pytest.mark.slow
def test_dvc_exports_once_and_shows_what_changed(tiny_export, tmp_path):
    project = shutil.copytree(tiny_export, tmp_path / "project")
    (project / "models/.dvc").mkdir(parents=True)
    for name in (".gitignore", "models/dvc.yaml", "models/.dvc/config"):
        shutil.copy(ROOT / name, project / name)
    for name in yaml.safe_load((ROOT / "models/dvc.yaml").read_text())["stages"]["export"]["deps"]:
        if not (project / name).exists():
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, project / name)
    git(project, "init", "--quiet")
    name_author(project)
    assert ran(dvc(project / "models", "repro")) == ["export"]
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "An export")
    assert ran(dvc(project / "models", "repro")) == []

    metrics = json.loads((project / "models/export.json").read_text())
    metrics["int8"]["test"]["macro_f1"] -= 0.25
    (project / "models/export.json").write_text(json.dumps(metrics))
    changed = json.loads(dvc(project / "models", "metrics", "diff", "--json"))
    assert list(changed["export.json"]) == ["int8.test.macro_f1"]
    assert changed["export.json"]["int8.test.macro_f1"]["diff"] == pytest.approx(-0.25)
