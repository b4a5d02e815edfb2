from dataclasses import replace

import pandas as pd
import pytest

from emotions.errors import UserError
from emotions.experiments.runs import read_runs
from emotions.reporting.leaderboard import (
    POLICIES,
    configuration_of,
    configuration_rows,
    configurations,
    emotion_rows,
    group_rows,
    leaderboard_rows,
    mean_and_spread,
    own_sweep_rows,
    policy_row,
)
from emotions.thresholds.policies import LEAK
from tests.records import record


def test_a_configurations_row_has_the_means_of_its_seeds_and_the_way_from_validation_to_test():
    runs = {"a-seed-1": record(0.55), "a-seed-2": record(0.57), "b-seed-1": record(0.6), "b-seed-2": record(0.6)}
    runs |= {"alone": record(0.9), "both-seed-1": record(0.9, blend=True), "both-seed-2": record(0.9, blend=True)}
    for run, test in zip(runs.values(), (0.54, 0.56, 0.6, 0.6), strict=False):
        run.metrics["test"]["mean_average_precision"] = test
    first, second = configuration_rows(runs, least=2)
    assert (first["configuration"], second["configuration"]) == ("b", "a"), "best on validation first"
    assert (second["validation mAP"], second["test mAP"]) == ("56.00 ± 1.41", "55.00 ± 1.41")
    assert second["validation to test"] == "-1.00 ± 0.00"


def test_one_model_under_two_names_counts_once():
    runs = {
        name: replace(run, model_sha256="abc") for name, run in (("a-seed-42", record(0.5)), ("a-seed-43", record(0.5)))
    }
    with pytest.raises(UserError, match="a-seed-42 and a-seed-43 are records of one model"):
        configurations(runs)


def test_runs_of_one_configuration_differ_in_their_seed_alone(root):
    """The name says which configuration a run is of; runs.yaml says what it changes."""
    settings = {}
    for name, changed in read_runs(root / "results/runs.yaml").items():
        settings.setdefault(configuration_of(name), []).append(changed)
    assert len(settings["mean"]) == 3
    for configuration, of_seeds in settings.items():
        same = [{key: value for key, value in one.items() if key != "train.seed"} for one in of_seeds]
        assert all(one == same[0] for one in same), configuration
        assert len({one["train.seed"] for one in of_seeds}) == len(of_seeds), configuration


def test_the_leaderboard_says_what_made_a_run():
    runs = {"a": record(0.5), "b": record(0.4), "old": record(0.3), "both": record(0.2, blend=True)}
    rows = leaderboard_rows(runs, {"a": {}, "b": {"train.merge_duplicates": True}})
    assert [row["changes"] for row in rows] == [
        "the base",
        "`train.merge_duplicates=true`",
        "commit 0123456",
        "blend: of two",
    ]


def test_what_the_runs_own_sweep_chose_stands_beside_the_protocol():
    runs = {"a": record(0.5), "before": record(0.4)}
    scores = {"micro_f1": 0.63, "macro_f1": 0.55, "macro_f1_frequent": 0.57}
    runs["a"].metrics["own_sweep"] = {
        "policy": "global",
        "test": scores,
        "intervals": {"micro_f1": [0.62, 0.64]},
        "expected_calibration_error": 0.004,
        "classwise_calibration_error": 0.008,
    }
    (row,) = own_sweep_rows(runs)
    assert list(row.values()) == [
        "a", "macro_f1", "slope and intercept an emotion", "one threshold from validation", "55.00", "57.00",
        "63.00 (62.00 to 64.00)", "0.40 / 0.80",
    ]  # fmt: skip


def test_spread_is_the_standard_deviation_of_a_sample():
    assert mean_and_spread([0.50, 0.52, 0.54]) == "52.00 ± 2.00"
    assert mean_and_spread([0.5]) == "50.00"


def test_runs_stand_in_the_order_of_validation_whatever_test_says():
    runs = {"second": record(0.5, macro=0.9), "first": record(0.6, macro=0.1)}
    assert [row["run"] for row in leaderboard_rows(runs, {})] == ["[first](first/)", "[second](second/)"]


def test_a_policys_row_has_the_mean_of_seeds_and_what_choosing_promised_too_much():
    runs = []
    for macro in (0.50, 0.54):
        scores = {
            "macro_f1": macro, "macro_f1_frequent": 0.6, "micro_f1": 0.6, "weighted_f1": 0.6, "samples_f1": 0.6,
            "subset_accuracy": 0.4, "hamming_loss": 0.03, "predictions_per_row": 1.25, "empty_rows_share": 0.02,
        }  # fmt: skip
        of = {split: {"policies": dict.fromkeys(POLICIES, scores)} for split in ("test", "test_unseen")}
        promised = {policy: {"macro_f1": 0.55} for policy in POLICIES}
        runs.append(replace(record(0.5), metrics=of | {"validation": {"policies": promised}, "held_out": promised}))
    row = policy_row(runs, "averaged")
    assert row["macro-28"] == row["macro-28 unseen"] == "52.00 ± 2.83"
    assert (row["predictions a row"], row["empty rows"], row["Hamming loss"]) == ("1.25", "2.0%", "0.0300")
    assert row["validation to test"] == "-3.00", "52 on average, where 55 was promised"
    leak = policy_row(runs, LEAK)
    assert leak["validation to test"] == leak["macro-28 held out"] == "–", "it was not chosen on validation"


def test_an_emotions_row_is_the_mean_of_seeds_beside_what_others_published():
    labels = pd.DataFrame({"label": ["joy", "ours alone"], "train_rows": [1452, 7], "test_rows": [161, 3]})
    runs = [
        replace(record(0.5), labels=labels.assign(global_f1=f1, average_precision=0.5)) for f1 in ([0.6, 0], [0.7, 0])
    ]
    published = pd.DataFrame([{"label": "joy", "report_f1": 0.5857, "paper_f1": 0.51, "best_f1": 0.611}])
    first, second = emotion_rows(runs, published)
    assert list(first.values()) == ["joy", "1,452", "161", "65.00", "50.00", "58.57", "51.00", "61.10"]
    assert [second[column] for column in ("ours", "BERT-base report", "paper")] == ["0.00", "–", "–"]


def test_a_group_has_a_column_a_policy():
    groups = pd.DataFrame([{"grouping": "ekman", "group": "fear", "rows": 1098} | dict.fromkeys(POLICIES, 0.5)])
    [row] = group_rows(replace(record(0.5), groups=groups))
    assert row["test rows"] == "1,098"
    assert row["shrunk"] == "50.00"
    assert LEAK not in row
