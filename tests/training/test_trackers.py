import importlib.util

import pytest

from emotions.errors import UserError
from emotions.training.trackers import build_trackers


def test_none_reports_nowhere():
    assert build_trackers("none") == []


def test_a_tracker_that_the_trainer_does_not_know_is_refused():
    with pytest.raises(UserError, match=r"train\.report_to=paper: expected one of none, .*dvclive.*tensorboard"):
        build_trackers("paper")


@pytest.mark.skipif(importlib.util.find_spec("comet_ml") is not None, reason="comet_ml is installed")
def test_a_tracker_that_is_not_installed_is_refused_with_what_to_type():
    with pytest.raises(UserError, match=r"comet.*; or: dvc exp run -S train\.report_to=none"):
        build_trackers("comet_ml")


@pytest.mark.parametrize("name", ["dvclive", "tensorboard"])
def test_a_tracker_writes_to_build(name, tmp_path, monkeypatch):
    pytest.importorskip(name)
    monkeypatch.chdir(tmp_path)
    [tracker] = build_trackers(name)
    places = {"dvclive": lambda: tracker.live.dir, "tensorboard": lambda: tracker.logging_dir}
    assert places[name]().startswith(f"build/{name}")


def test_only_the_first_process_reports(monkeypatch):
    monkeypatch.setenv("RANK", "1")
    assert build_trackers("dvclive") == []
