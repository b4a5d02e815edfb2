import pytest

from emotions.reporting.experiments import WIDTH, experiment_rows, fitted, short_names


def data(held_out=0.5, macro=0.6, **params):
    """What DVC shows of a run; keyword fixed changes threshold_sweep.fixed."""
    params = {"threshold_sweep": {"fixed": params.get("fixed", 0.5)}, "train": {"seed": params.get("seed", 42)}}
    sweep = {
        "policy": "shrunk",
        "held_out_macro_f1": {"shrunk": held_out, "fixed": 0.1},
        "test": {"micro_f1": 0.7, "macro_f1": macro, "macro_f1_frequent": 0.65},
    }
    return {
        "params": {"params.yaml": {"data": params}},
        "metrics": {
            "metrics/threshold_sweep.json": {"data": sweep},
            "metrics/evaluate.json": {"data": {"test": {"mean_average_precision": 0.71}}},
        },
    }


def experiment(name, data, state=None):
    executor = {"state": state} if state else None
    return {"name": name, "revs": [{"rev": "0123456789", "data": data}], "executor": executor}


def shown(*experiments, workspace=None):
    return [
        {"rev": "workspace", "name": None, "data": workspace or data(), "experiments": None},
        {"rev": "a1b2c3d4e5", "name": "main", "data": data(), "experiments": list(experiments)},
    ]


def test_a_row_says_what_changed_and_how_it_scored():
    (low, *_) = experiment_rows(shown(experiment("low", data(held_out=0.9, fixed=0.2, seed=7))))
    assert low == {
        "experiment": "low", "changed": "fixed=0.2, seed=7", "policy": "shrunk",
        "held out": "90.00", "micro": "70.00", "macro": "60.00", "frequent": "65.00", "mAP": "71.00",
    }  # fmt: skip


def test_rows_are_sorted_by_validation_and_never_by_test():
    lucky, better = data(held_out=0.4, macro=0.9), data(held_out=0.6, macro=0.2)
    rows = experiment_rows(shown(experiment("lucky", lucky), experiment("better", better)))
    assert [row["experiment"] for row in rows] == ["better", "workspace", "main", "lucky"]


@pytest.mark.parametrize("state", ["queued", "running", "failed"])
def test_an_unfinished_run_has_no_scores_and_stands_last(state):
    *_, row = experiment_rows(
        shown(experiment("one", data(held_out=0.9), state), experiment("two", data(held_out=0.1)))
    )
    assert (row["experiment"], row["policy"], row["macro"]) == ("one", state, "–")


def test_the_workspace_is_compared_with_the_commit_under_it():
    rows = experiment_rows(shown(workspace=data(fixed=0.3)))
    assert {row["experiment"]: row["changed"] for row in rows} == {"workspace": "fixed=0.3", "main": "–"}


def test_a_run_without_a_name_or_without_metrics_is_shown():
    bare = data() | {"metrics": {}}
    assert ("0123456", "–") in {
        (row["experiment"], row["mAP"]) for row in experiment_rows(shown(experiment(None, bare)))
    }


def test_a_commit_without_params_is_shown_without_values():
    bare = {"rev": "f6e5d4c3b2", "name": None, "data": {"params": {}, "metrics": {}}, "experiments": None}
    *_, row = experiment_rows([*shown(), bare])
    assert row == dict.fromkeys(row, "–") | {"experiment": "f6e5d4c"}


def test_what_dvc_cannot_read_is_said_to_be_unreadable():
    broken = {"rev": "f6e5d4c3b2", "name": "broken", "data": None, "experiments": [experiment("of it", None)]}
    *_, commit, run = experiment_rows([*shown(), broken])
    for name, row in (("broken", commit), ("of it", run)):
        assert row == dict.fromkeys(row, "–") | {"experiment": name, "policy": "unreadable"}


@pytest.mark.parametrize("before", [None, {"params": {}, "metrics": {}}])
def test_against_a_commit_without_params_nothing_counts_as_changed(before):
    workspace, commit = shown(workspace=data(fixed=0.3))
    (row, _) = experiment_rows([workspace, commit | {"data": before}])
    assert (row["experiment"], row["changed"], row["macro"]) == ("workspace", "–", "60.00")


@pytest.mark.parametrize("unread", [{"error": {"type": "FileNotFoundError", "msg": ""}}, {"data": None}])
def test_a_file_of_metrics_that_dvc_cannot_read_leaves_the_others_numbers(unread):
    cut = data()
    cut["metrics"]["metrics/evaluate.json"] = unread
    (row, _) = experiment_rows(shown(workspace=cut))
    assert (row["held out"], row["macro"], row["mAP"]) == ("50.00", "60.00", "–")


def test_of_metrics_of_another_form_only_what_is_there_is_shown():
    """As of the first commits, whose sweep had the scores of each policy and chose none; null is an undefined score."""
    old, undefined = data(), data()
    old["metrics"]["metrics/threshold_sweep.json"]["data"] = {"test": {"global": {"macro_f1": 0.6}}}
    undefined["metrics"]["metrics/threshold_sweep.json"]["data"]["held_out_macro_f1"]["shrunk"] = None
    *_, one, other = experiment_rows(shown(experiment("old", old), experiment("undefined", undefined)))
    assert [one[column] for column in ("policy", "held out", "macro", "mAP")] == ["–", "–", "–", "71.00"]
    assert [other[column] for column in ("policy", "held out", "macro", "mAP")] == ["shrunk", "–", "60.00", "71.00"]


def test_a_param_has_the_shortest_name_that_no_other_has():
    keys = ["train.epochs", "train.seed", "threshold_sweep.seed", "train.loss.name"]
    assert list(short_names(keys).values()) == ["epochs", "train.seed", "threshold_sweep.seed", "name"]


def test_the_table_fits_the_screen_and_loses_nothing():
    (row, *_) = experiment_rows(shown(experiment("z" * 60, data(held_out=0.9))))
    changes = [f"parameter_{number}=value" for number in range(20)]
    text = fitted([row | {"changed": ", ".join(changes)}])
    assert max(map(len, text.splitlines())) <= WIDTH
    assert all(change in text for change in changes)
    assert text.count("z") == 60
