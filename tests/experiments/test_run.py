import json
from dataclasses import replace

import numpy as np
import pytest

from emotions.errors import UserError
from emotions.experiments.run import refuse_other_rows, run_of, training, validation_comments
from emotions.inference.predictions import load_predictions
from tests.tiny import TINY_LABELS


@pytest.fixture
def run(project_copy):
    return run_of("workspace")


def test_the_workspace_decides_by_the_policy_that_its_sweep_chose(run, project_copy):
    made = load_predictions(project_copy / "data/predictions/test.npz")
    chosen = json.loads((project_copy / "data/model/thresholds.json").read_text())
    assert run.policy == chosen["policy"]
    assert run.labels == TINY_LABELS
    assert (run.decided == (made.probability >= run.thresholds[run.policy])).all()


def test_a_policy_that_is_asked_for_decides(run):
    fixed = run_of("workspace", "fixed")
    assert fixed.policy == "fixed"
    assert (fixed.decided == (fixed.test.probability >= 0.5)).all()
    with pytest.raises(UserError, match="--policy best: workspace has averaged, fixed"):
        run_of("workspace", "best")


def test_another_checkouts_folder_is_a_run_of_its_own(run, tiny_project):
    other = run_of(str(tiny_project))
    refuse_other_rows(run, other)
    assert (other.decided == run.decided).all()


def test_rows_are_ranked_label_by_label_once(run):
    assert [len(ranked.row) for ranked in run.ranked["validation"]] == [len(run.validation.truth)] * 3
    assert run.ranked is run.ranked


def test_a_folder_without_outputs_is_told_how_to_get_them(tmp_path):
    with pytest.raises(UserError, match=r"\.npz: expected the outputs of a run; found none: dvc repro"):
        run_of(str(tmp_path))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda test: {"labels": np.array(["joy", "anger", "calm"])}, "3 labels"),
        (lambda test: {"ids": test.ids[::-1]}, "different test comments"),
        (lambda test: {"truth": 1 - test.truth}, "different test comments"),
    ],
)
def test_runs_on_other_labels_comments_or_truth_are_not_compared(run, change, said):
    other = replace(run, test=replace(run.test, **change(run.test)))
    with pytest.raises(UserError, match=said):
        refuse_other_rows(run, other)


def test_comments_are_found_by_their_ids(run, project_copy):
    lines = (project_copy / "data/raw/tiny/dev.tsv").read_text().splitlines()
    expected = {line.split("\t")[2]: line.split("\t")[0] for line in lines}
    assert validation_comments(run) == expected


def test_curves_are_a_row_an_epoch(run):
    assert training(run)["epoch"].tolist() == [1, 2]


def test_a_record_of_a_blend_has_no_curves(run, root):
    assert training(replace(run, name=str(root / "results/mean-three-seeds"))) is None
