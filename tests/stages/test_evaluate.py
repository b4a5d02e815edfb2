import json

import numpy as np
import pandas as pd
import pytest

from emotions.inference.predictions import load_predictions


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
