import pytest
import yaml

from emotions.errors import UserError
from emotions.experiments import runs


def known_keys(section: dict, before: str = "") -> set[str]:
    keys = set()
    for key, value in section.items():
        keys |= known_keys(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}"}
    return keys


def test_every_run_changes_params_that_exist(root):
    keys = known_keys(yaml.safe_load((root / "params.yaml").read_text()))
    for name, settings in runs.read_runs(root / runs.RUNS).items():
        assert set(settings) <= keys, name


def test_a_run_leaves_nothing_to_the_run_before_it(root):
    """`dvc exp run -S` keeps what stands in params.yaml, so each run must name all that any of them changes."""
    base = runs.read_base(root / runs.RUNS)
    for name, changed in runs.read_changes(root / runs.RUNS).items():
        assert set(changed) <= set(base), name


def test_settings_are_read_as_dvc_reads_params(tmp_path):
    path = tmp_path / "runs.yaml"
    path.write_text("base: {train.seed: 010, a: 1:30, b: yes}\nruns: {plain: {}}\n")
    assert runs.read_runs(path)["plain"] == {"train.seed": 10, "a": "1:30", "b": "yes"}


def test_a_truth_is_no_accuracy_to_be_reached(tmp_path):
    path = tmp_path / "runs.yaml"
    path.write_text("accuracy_goals: {banking77: true}\n")
    with pytest.raises(UserError, match=r"accuracy_goals\.banking77: Input should be a valid number; found True"):
        runs.read_accuracy_goals(path)


def test_a_runs_own_settings_take_the_place_of_bases(tmp_path):
    path = tmp_path / "runs.yaml"
    path.write_text("base: {train.epochs: 3, train.seed: 1}\nruns:\n  long: {train.epochs: 9, train.fast: true}\n")
    assert runs.options(runs.read_runs(path)["long"]) == ["-S train.epochs=9", "-S train.seed=1", "-S train.fast=true"]
