from dataclasses import replace

import pandas as pd
import pytest

from emotions.experiments.recorded import read_all, read_run
from emotions.reporting.bert_base_report import (
    confusion_table,
    evaluation_table,
    example_table,
    imbalance_table,
    improvement_table,
    never_predicted,
    rare_table,
    read_published,
    threshold_table,
    tier_table,
    training_table,
)
from emotions.reporting.tables import percent


@pytest.fixture
def run(root, monkeypatch):
    monkeypatch.chdir(root)
    return read_run(root / "results/mean-seed-42")


@pytest.fixture
def published(run):
    return read_published()


def cells(table: str) -> list[list[str]]:
    """Return the cells of a table's rows, its head left out."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_training_has_a_row_an_epoch(run):
    rows = cells(training_table(run))
    assert [row[0] for row in rows] == ["1", "2", "3"]
    assert rows[2][2] == f"{run.training['validation_loss'].iloc[2]:.4f}"


def test_both_splits_are_scored_at_one_half_and_by_the_chosen_policy(run):
    rows = cells(evaluation_table(run))
    assert [row[0] for row in rows] == ["validation", "test"] * 2
    assert rows[1][2:] == [percent(run.test("fixed")[score]) for score in ("micro_f1", "macro_f1")]
    assert rows[3][2:] == [percent(run.test(run.policy)[score]) for score in ("micro_f1", "macro_f1")]


def test_every_emotion_is_in_one_tier_beside_the_reports_count(run, published):
    rows = cells(tier_table(run, published["tiers"]))
    assert [row[0] for row in rows] == ["excellent", "good", "moderate", "poor", "zero"]
    assert [row[2] for row in rows] == ["4", "7", "9", "3", "5"], "the report's own"
    assert sum(int(row[1]) for row in rows) == 28
    named = [label for row in rows for label in row[3].split(", ") if label]
    assert sorted(named) == sorted(run.labels["label"])


def test_the_five_that_the_report_never_predicted_are_shown(run, published):
    rare = never_predicted(published["per_emotion"])
    assert rare == ["embarrassment", "grief", "nervousness", "pride", "relief"]
    assert [row[0] for row in cells(rare_table(run, rare))] == rare


def test_every_published_figure_has_its_source(published, root):
    for table in [*published.values(), pd.read_csv(root / "results/published.csv")]:
        assert (table["source"].str.len() > 10).all()


def test_counts_correct_the_reports_estimates(run, published):
    rows = {row[0]: row[1:] for row in cells(imbalance_table(run, published["facts"]))}
    assert rows["imbalance"] == ["300:1", "185:1"], "14,219 rows of neutral, 77 of grief"
    assert rows["least frequent"] == ["grief, about 50", "grief, 77"]
    assert rows["above 5,000 rows"][1] == "neutral (14,219)"


def test_one_threshold_for_all_is_read_from_the_curve_and_the_reports_estimates_keep_their_mark(run, published):
    rows = {row[0]: row[1:] for row in cells(threshold_table(run, published["thresholds"]))}
    assert rows["0.5"][:2] == [percent(run.test("fixed")[score]) for score in ("micro_f1", "macro_f1")]
    assert rows["0.5"][3:] == ["57.50", "39.50", "1.3"]
    assert rows["0.2"][3:] == ["~50.00", "~35.00", "~3.5"]


def test_at_most_ten_confused_pairs_are_shown(run):
    assert len(cells(confusion_table(run))) == 10


def test_an_example_shows_what_reaches_its_threshold_and_the_next_below(run):
    thresholds = {"joy": 0.6, "fear": 0.4, "grief": 0.2}
    rows = [("so happy", "joy", 0.7), ("so happy", "fear", 0.3), ("so happy", "grief", 0.1), ("hm", "joy", 0.5)]
    shown = replace(
        run,
        metrics=run.metrics | {"thresholds": {run.policy: thresholds}},
        examples=pd.DataFrame(rows, columns=["text", "label", "probability"]),
    )
    assert cells(example_table(shown)) == [
        ["so happy", "joy 70.0%", "fear 30.0% (threshold 40.0%)"],
        ["hm", "none", "joy 50.0% (threshold 60.0%)"],
    ]


def test_an_improvement_without_its_run_is_left_out(run, published, root):
    runs = read_all(root / "results")
    base = next(name for name, one in runs.items() if not one.made_of)
    table = improvement_table({base: runs[base]}, base, published["improvements"], ["grief"])
    assert "Lower threshold (0.3)" in table
    assert "Focal loss" not in table
