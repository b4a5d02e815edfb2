import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score, hamming_loss

from emotions.predictions import load_predictions
from stages.evaluate import confused_pairs, decision_scores, tier


def test_tiers_are_the_seeds():
    assert [tier(f1) for f1 in (0.92, 0.7, 0.69, 0.5, 0.3, 0.01, 0.0)] == [
        "excellent", "excellent", "good", "good", "moderate", "poor", "zero"
    ]  # fmt: skip


def test_a_confused_pair_is_a_miss_beside_a_false_alarm():
    truth = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
    decided = np.array([[0, 1, 0], [0, 1, 0], [0, 0, 0], [1, 0, 1]])
    pairs = confused_pairs(truth, decided, ["a", "b", "c"], most=5)
    assert pairs.to_dict("records") == [
        {"pair": "a → b", "rows": 2, "share": 2 / 3},
        {"pair": "b → c", "rows": 1, "share": 1 / 2},
    ]
    assert confused_pairs(truth, decided, ["a", "b", "c"], most=1)["pair"].tolist() == ["a → b"]


def test_without_confusion_the_table_is_empty_with_its_columns():
    truth = np.eye(2, dtype=int)
    assert confused_pairs(truth, truth, ["a", "b"], most=5).columns.tolist() == ["pair", "rows", "share"]


def test_decision_scores_are_scikit_learns():
    random = np.random.default_rng(0)
    truth, decided = random.integers(0, 2, (50, 4)), random.integers(0, 2, (50, 4))
    decided[:5] = 0
    scores = decision_scores(truth, decided, np.ones(4, dtype=bool))
    assert scores["weighted_f1"] == pytest.approx(f1_score(truth, decided, average="weighted"))
    assert scores["samples_f1"] == pytest.approx(f1_score(truth, decided, average="samples", zero_division=0))
    assert scores["subset_accuracy"] == pytest.approx(accuracy_score(truth, decided))
    assert scores["hamming_loss"] == pytest.approx(hamming_loss(truth, decided))
    assert scores["predictions_per_row"] == pytest.approx(decided.sum() / 50)
    assert scores["empty_rows_share"] == pytest.approx((decided.sum(axis=1) == 0).sum() / 50)


def test_predictions_stand_in_the_order_of_the_files(tiny_project):
    for split, file in (("validation", "dev.tsv"), ("test", "test.tsv")):
        made = load_predictions(tiny_project / f"data/predictions/{split}.npz")
        lines = (tiny_project / "data/raw/tiny" / file).read_text().splitlines()
        assert made.ids.tolist() == [line.split("\t")[2] for line in lines]
        assert [[str(id) for id in np.flatnonzero(row)] for row in made.truth] == [
            line.split("\t")[1].split(",") for line in lines
        ]
        assert made.labels.tolist() == ["joy", "anger", "neutral"]


def test_metrics_and_tables_agree(tiny_project):
    metrics = json.loads((tiny_project / "metrics/evaluate.json").read_text())
    table = pd.read_csv(tiny_project / "plots/per_emotion.csv")
    assert metrics["test"]["macro_f1"] == pytest.approx(table["f1"].mean(), abs=1e-5)
    assert metrics["test"]["mean_average_precision"] == pytest.approx(table["average_precision"].mean(), abs=1e-5)
    assert metrics["frequent_labels"] == 3
    assert set(metrics) == {"validation", "test", "frequent_labels"}
