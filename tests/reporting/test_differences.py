from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from emotions.errors import UserError
from emotions.experiments.protocol import CALIBRATED_MICRO, PAIRED, RANKING
from emotions.experiments.recorded import Record
from emotions.reporting.differences import (
    ablation_rows,
    ablations,
    beyond_goal,
    comparison_table,
    correction_in_words,
    difference,
)
from tests.records import record


def seeds(name: str, *macros: float, spread: float = 0.01) -> dict[str, Record]:
    """Runs of one configuration, their resamples around their macro-F1."""
    return {
        f"{name}-seed-{number}": record(0.5, macro=macro, resampled=macro, spread=spread)
        for number, macro in enumerate(macros, start=42)
    }


def test_a_difference_is_marked_where_it_stays_after_the_correction_over_seeds_and_rows():
    runs = seeds("base", 0.50, 0.51, 0.52) | seeds("same", 0.51, 0.52, 0.50) | seeds("better", 0.60, 0.61, 0.62)
    changes = {name: {"train.epochs": 4, "train.seed": 1} for name in runs} | {"missing": {}}
    same, better = ablation_rows(ablations(runs, "base", changes), changes)
    assert (same["configuration"], same["seeds"], same["changes"]) == ("same", "3", "`train.epochs=4`")
    assert same["macro-28"].startswith("+0.00 (-")
    assert better["macro-28"].startswith("**+10.00** (+")
    assert better["validation mAP"] == "+0.00"


def test_another_seed_and_nothing_else_is_never_marked():
    """Alone, the second seed differs from the first beyond the noise of rows, and nobody knows of other seeds."""
    runs = seeds("base", 0.50, 0.53, spread=0.001)
    alone = {"base-seed-42": runs["base-seed-42"], "other": runs["base-seed-43"]}
    one_a_side = ablations(alone, "base", alone)
    assert one_a_side["macro_f1_clear"].tolist() == [True]
    assert ablation_rows(one_a_side, {"other": {}})[0]["macro-28"].startswith("*+3.00* ("), "in italics"
    again = runs | seeds("again", 0.53, 0.50, spread=0.001)
    assert ablations(again, "base", again)["macro_f1_clear"].tolist() == [False]


def test_the_correction_grows_with_the_number_of_configurations():
    """Each alone is beyond noise at 5 %; of thirty such, none is."""
    base = record(0.5, macro=0.5, resampled=0.5, spread=0)
    near = record(0.5, macro=0.5098, resampled=0.5098)  # one resample of a hundred is below the base
    alone = ablations({"base": base, "one": near}, "base", ["base", "one"])
    assert alone["macro_f1_clear"].tolist() == [True]
    many = {"base": base} | {f"run-{letter}": near for letter in "abcdefghijklmnopqrstuvwxyzABCD"}
    table = ablations(many, "base", many)
    assert not table["macro_f1_clear"].any()
    assert "Holm's correction for the 30 configurations" in correction_in_words(table)
    assert "more than the resamples can tell" in correction_in_words(pd.concat([table, table]))


def test_pairs_have_their_differences_on_validation_and_on_test():
    runs = seeds("a", 0.50, 0.51, 0.52) | seeds("b", 0.60, 0.61, 0.62)
    for name, run in seeds("b", 0.60, 0.61, 0.62).items():
        validation = {**run.metrics["validation"], RANKING: 0.52}
        runs[name] = replace(run, metrics=run.metrics | {"validation": validation})
    head, _, row = comparison_table(runs, [["a", "b"]]).splitlines()
    cells = dict(zip(*([cell.strip() for cell in line.strip("|").split("|")] for line in (head, row)), strict=True))
    assert (cells["A"], cells["B"], cells["seeds"], cells["validation mAP"]) == ("`a`", "`b`", "3, 3", "+2.00")
    low, high = (float(end) for end in cells["macro-28"].removeprefix("+10.00 (").removesuffix(")").split(" to "))
    assert 5 < low < 9 < 11 < high < 15, "three seeds a point apart: two to three points to either side"
    assert cells["test mAP"].startswith("+0.00 (")


def test_a_pair_that_is_not_recorded_is_refused():
    with pytest.raises(UserError, match="comparisons name b, which is not recorded"):
        comparison_table(seeds("a", 0.5), [["a", "b"]])


def test_each_score_is_of_its_own_policy():
    one = record(0.5)
    policies = {
        name: {"micro_f1": at, "macro_f1": at, "macro_f1_frequent": at}
        for name, at in ((PAIRED, 0.5), (CALIBRATED_MICRO, 0.6))
    }
    better = {
        name: {"micro_f1": at, "macro_f1": at, "macro_f1_frequent": at}
        for name, at in ((PAIRED, 0.51), (CALIBRATED_MICRO, 0.63))
    }
    a, b = (
        {name: replace(one, metrics=one.metrics | {"test": {"policies": of, RANKING: at}})}
        for name, of, at in (("a", policies, 0.4), ("b", better, 0.44))
    )
    found = [
        difference(a, b, policy, score).value
        for policy, score in ((PAIRED, "macro_f1"), (CALIBRATED_MICRO, "micro_f1"), (RANKING, RANKING))
    ]
    assert found == pytest.approx([0.01, 0.03, 0.04])


def test_a_goal_is_missed_by_the_mean_of_seeds():
    missed = beyond_goal(list(seeds("a", 0.50, 0.51, 0.52).values()), PAIRED, "macro_f1", 0.55)
    assert missed.value == pytest.approx(-0.04)
    assert missed.low < -0.05 < -0.03 < missed.high
    assert np.isclose((missed.low + missed.high) / 2, -0.04, atol=0.003)


def test_a_run_without_recorded_scores_is_left_out_of_the_differences():
    assert ablations({"base": record(0.5)}, "base", ["base", "missing"]).empty
