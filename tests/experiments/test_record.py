import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import yaml

from emotions.errors import UserError
from emotions.experiments import record as recording
from emotions.experiments.record import record, score_again
from emotions.experiments.recorded import own_thresholds, probabilities_of
from emotions.experiments.run import run_of
from emotions.experiments.sources import data_sha256
from emotions.inference.predictions import load_predictions, save_predictions
from emotions.metrics.decisions import decide
from emotions.thresholds.chosen import read_chosen
from stages import threshold_sweep


def set_sweep(project, **changed):
    params = yaml.safe_load((project / "params.yaml").read_text())
    params["threshold_sweep"] |= changed
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    threshold_sweep.main()


@pytest.fixture
def project(project_copy, monkeypatch):
    """A finished run; what Git and DVC say of it is not asked here (tests/test_dvc.py asks)."""
    comes_from = {"data_sha256": data_sha256("tiny"), "model_sha256": "0", "parameters": 1, "git_revision": "0"}
    monkeypatch.setattr(recording, "provenance", lambda params: comes_from)
    (project_copy / "data/labels/tiny.examples.txt").write_text("so happy\n")
    return project_copy


def test_a_record_holds_what_the_protocol_and_what_the_runs_own_sweep_chose(project):
    """The model has learned little, so that the two differ: another objective, another fixed threshold."""
    set_sweep(project, policy="fixed", fixed=0.2)
    record("tiny")
    metrics = json.loads((project / "results/tiny/metrics.json").read_text())
    assert metrics["protocol"]["fixed"] == 0.5
    assert set(metrics["thresholds"]["fixed"].values()) == {0.5}
    own = metrics["own_sweep"]
    assert own["policy"] == "fixed"
    sweep = json.loads((project / "metrics/threshold_sweep.json").read_text())
    for score in ("micro_f1", "macro_f1", "macro_f1_frequent"):
        assert own["test"][score] == pytest.approx(sweep["test"][score], abs=1e-6)
    low, high = own["intervals"]["micro_f1"]
    assert low <= own["test"]["micro_f1"] <= high


def test_no_decision_of_the_runs_own_sweep_is_lost(project):
    for split in ("validation", "test"):  # a model that has learned something
        path = project / f"data/predictions/{split}.npz"
        made = load_predictions(path)
        noise = np.random.default_rng(1).random(made.truth.shape)
        better = (0.4 * made.truth + 0.6 * noise).astype(np.float32)
        save_predictions(path, replace(made, probability=better))
    set_sweep(project, calibration="platt_per_label", objective="micro_f1")
    record("tiny")
    folder = project / "results/tiny"
    own = read_chosen(project / "data/model/thresholds.json")
    kept = own_thresholds(folder)
    assert len(set(kept.calibration.slope)) == 3
    for split, stored in probabilities_of(folder).items():
        made = load_predictions(project / f"data/predictions/{split}.npz").probability
        assert (stored != made).any(), "16 bits hold less than 32"
        for policy, thresholds in own.policies.items():
            decided = decide(own.calibration.apply(made), thresholds)
            assert (decide(kept.calibration.apply(stored), kept.policies[policy]) == decided).all(), (split, policy)


def test_a_record_is_compared_by_its_own_sweep_where_that_is_asked_for(project):
    set_sweep(project, policy="fixed", fixed=0.2)
    record("tiny")
    assert run_of("results/tiny").thresholds["fixed"].tolist() == [0.5] * 3
    own = run_of("results/tiny", "own")
    assert (own.policy, own.thresholds["fixed"].tolist()) == ("fixed", [0.2] * 3)
    assert (own.decided == run_of("workspace", "own").decided).all()
    (project / "results/tiny/thresholds.json").unlink()
    with pytest.raises(UserError, match="--policy own: results/tiny has no thresholds but those of the protocol"):
        run_of("results/tiny", "own")


def test_a_record_scored_again_is_the_same(project):
    record("tiny")
    folder = project / "results/tiny"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "metrics.json").write_text("{}")
    score_again()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_scoring_again_leaves_records_as_they_are_whose_source_is_not_here(project, capsys):
    record("tiny")
    shutil.copytree(project / "results/tiny", project / "results/other")
    params = project / "results/other/params.yaml"
    params.write_text(params.read_text().replace("source: tiny", "source: away"))
    shutil.copy(project / "results/sources/tiny.json", project / "results/sources/away.json")
    (project / "results/other/metrics.json").write_text("{}")
    score_again()
    assert (project / "results/other/metrics.json").read_text() == "{}"
    printed = capsys.readouterr().out
    assert "left as they are, for their comments are not in data/raw: records of away" in printed
    assert "results/tiny scored again" in printed
    shutil.rmtree(project / "results/tiny")
    with pytest.raises(UserError, match="data/raw: expected the comments of records in results/; found none"):
        score_again()


def test_a_source_without_example_sentences_is_recorded_without_answers_to_them(project):
    record("with")
    (project / "data/labels/tiny.examples.txt").unlink()
    record("without")
    assert (project / "results/with/examples.csv").is_file()
    assert not (project / "results/without/examples.csv").exists()


def test_scoring_again_on_a_changed_source_changes_nothing(project):
    record("tiny")
    metrics = (project / "results/tiny/metrics.json").read_bytes()
    source = project / "data/raw/tiny/test.tsv"
    source.write_text("".join(source.read_text().splitlines(keepends=True)[::-1]))
    for refused in (score_again, lambda: run_of("results/tiny")):
        with pytest.raises(UserError, match=r"test\.tsv: expected the file that the records"):
            refused()
    assert (project / "results/tiny/metrics.json").read_bytes() == metrics


def test_outside_the_projects_root_nothing_is_recorded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"params\.yaml is not here: run from the root of the project"):
        record("tiny")


def test_params_without_a_section_are_told_before_anything_is_read(project):
    path = project / "params.yaml"
    sections = yaml.safe_load(path.read_text())
    del sections["data"]
    path.write_text(yaml.safe_dump(sections))
    with pytest.raises(UserError, match=r"params\.yaml: expected a section 'data:'; found none"):
        record("tiny")


def test_predictions_of_other_rows_are_not_recorded(project):
    path = project / "data/predictions/test.npz"
    made = load_predictions(path)
    save_predictions(path, replace(made, ids=made.ids[::-1]))
    with pytest.raises(UserError, match=r"data/predictions/test\.npz: expected the comments and labels of tiny"):
        record("tiny")
    assert not (project / "results/tiny").exists()


def test_runs_on_two_sources_are_not_blended(project):
    from emotions.experiments.blend import blend

    record("tiny")
    shutil.copytree(project / "results/tiny", project / "results/other")
    params = project / "results/other/params.yaml"
    params.write_text(params.read_text().replace("source: tiny", "source: copy"))
    described = project / "results/sources/tiny.json"
    shutil.copy(described, described.with_name("copy.json"))
    with pytest.raises(UserError, match="tiny is a run on tiny, other on copy: blend runs on one"):
        blend("both", ["tiny", "other"], weigh=False)
