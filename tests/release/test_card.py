import json
import re

import numpy as np
import pytest
import yaml

pytest.importorskip("onnxscript", reason="not installed: pip install -r requirements-export.txt")

from emotions.inference.predictions import Predictions
from emotions.metrics.params import ScoresParams
from emotions.metrics.platt import Calibration
from emotions.metrics.problem import MULTI_LABEL, PROBLEMS
from emotions.release.card import card
from emotions.thresholds.chosen import NEVER, Chosen
from tests.tiny import TINY_LABELS

KINDS = ["fp32", "int8"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_card_has_a_head_that_hubs_read(tiny_export, kind):
    page = (tiny_export / "models/exported" / kind / "README.md").read_text()
    _, head, body = page.split("---\n", 2)
    fields = yaml.safe_load(head)
    assert fields["license"] == "mit"
    assert fields["pipeline_tag"] == "text-classification"
    (results,) = fields["model-index"][0]["results"]
    metrics = json.loads((tiny_export / "models/export.json").read_text())
    assert results["metrics"][0]["value"] == pytest.approx(metrics[kind]["test"]["micro_f1"], abs=1e-4)
    assert all(f"\n| {label} | " in body for label in TINY_LABELS)
    assert not re.search(r"{{|}}|{%|%}", page)


@pytest.fixture
def made(monkeypatch, root):
    """A function of a source and a calibration: the card of a model of two labels that is right on 4 rows."""
    monkeypatch.chdir(root)

    def page(source: str, calibration: Calibration, frequent_rows: int = 2, of_pride: int = 1) -> str:
        truth = np.array([[1, 0], [1, 0], [0, of_pride], [0, of_pride]], dtype=np.uint8)
        test = Predictions(truth, truth * 0.8 + 0.1, np.array(["a", "b", "c", "d"]), np.array(["joy", "pride"]))
        chosen = Chosen(
            PROBLEMS[MULTI_LABEL], ["joy", "pride"], "precise", calibration, {"precise": np.array([0.5, NEVER])}
        )
        run = {"model": {"checkpoint": "some/encoder"}, "data": {"source": source}}
        return card(
            "int8", chosen, test, run, ScoresParams(frequent_rows=frequent_rows, calibration_bins=2), "mit", "en", 64
        )

    return page


def test_scores_are_those_of_the_policy_that_decides(made):
    """joy is right on all rows, pride is never predicted: macro-F1 (1 + 0) / 2, micro-F1 2 x 2 / (2 + 4)."""
    page = made("starter", Calibration.none(2))
    assert "| macro-F1 | 50.00 (" in page
    assert "| micro-F1 | 66.67 (" in page
    assert "| joy | 0.500 | 1.00 | 1.00 | 1.00 | 2 |" in page
    assert "| pride | never | 0.00 | 0.00 | 0.00 | 2 |" in page


def test_a_calibration_is_said_only_where_there_is_one(made):
    assert "calibration.slope" not in made("starter", Calibration.none(2))
    assert "calibration.slope" in made("starter", Calibration(np.array([1.0, 0.8]), np.zeros(2)))


def test_goemotions_is_named_by_its_id_on_the_hub_with_its_licence(made):
    page = made("goemotions", Calibration.none(2))
    head = yaml.safe_load(page.split("---\n")[1])
    assert head["datasets"] == ["google-research-datasets/go_emotions"]
    assert "CC BY 4.0" in page
    assert "raters were English speakers from India" in page
    assert "datasets" not in yaml.safe_load(made("starter", Calibration.none(2)).split("---\n")[1])


def test_a_score_that_is_not_defined_is_left_out(made):
    """No label has three test rows, and pride has none: it has no F1, and no share in macro-F1."""
    page = made("starter", Calibration.none(2), frequent_rows=3, of_pride=0)
    assert not re.search(r"\bnan\b", page)
    assert "macro-F1, frequent labels" not in page
    assert "| macro-F1 | 100.00 (100.00 to 100.00) |" in page
    assert "| pride | never | 0.00 | – | – | 0 |" in page
