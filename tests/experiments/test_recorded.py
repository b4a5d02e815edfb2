import shutil

import numpy as np
import pytest
from dvc.utils.serialize import load_yaml

from emotions.experiments.recorded import made_of, params_text, read_all, read_run, settings_of


@pytest.fixture
def records(root, tmp_path, monkeypatch):
    """A copy of two records, of a fine-tuned model and of a blend, with the source that they are of."""
    monkeypatch.chdir(tmp_path)
    for name in ("mean-seed-42", "mean-three-seeds", "sources"):
        shutil.copytree(root / "results" / name, tmp_path / "results" / name)
    return tmp_path / "results"


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"train": {}}, ""),
        ({"baseline": "tfidf"}, "baseline: tfidf features, logistic regression"),
        ({"blend": {"a": 0.95, "b": 0.05}}, "blend: 95% a, 5% b"),
    ],
)
def test_what_a_record_is_made_of_is_said_in_words(params, said):
    assert made_of(params) == said


def test_a_fine_tuned_model_is_read_with_its_curves_and_its_encoders_name(records):
    run = read_run(records / "mean-seed-42")
    assert (run.source, run.checkpoint, run.made_of) == ("goemotions", "all-MiniLM-L6-v2", "")
    assert run.training["epoch"].tolist() == [1, 2, 3]
    assert len(run.labels) == 28
    assert run.test("fixed") == run.metrics["test"]["policies"]["fixed"]
    assert run.ranking == run.metrics["validation"]["mean_average_precision"]


def test_a_blend_has_no_curves_and_no_encoder_of_its_own(records):
    run = read_run(records / "mean-three-seeds")
    assert run.training is None
    assert run.checkpoint == ""
    assert run.parameters == 3 * read_run(records / "mean-seed-42").parameters


def test_params_are_read_as_dvc_reads_them_and_as_they_were_written(records):
    path = records / "mean-three-seeds/params.yaml"
    values = "notes: {ten: 010, text: 1:30, word: yes, truth: true, rate: 1e-5, name: '1e5'}"
    path.write_text(f"{path.read_text()}{values}\n")
    params = settings_of(path.parent)
    assert params == load_yaml(str(path))
    assert params["notes"] == {"ten": 10, "text": "1:30", "word": "yes", "truth": True, "rate": 1e-5, "name": "1e5"}
    path.write_text(params_text(params))
    assert settings_of(path.parent) == params


def test_folders_without_metrics_are_no_records(records):
    assert list(read_all(records)) == ["mean-seed-42", "mean-three-seeds"]


def test_a_label_may_be_called_none_and_a_figure_may_be_missing(records):
    path = records / "mean-seed-42/per_emotion.csv"
    header, first, *rest = path.read_text().splitlines(keepends=True)
    name, *cells = first.split(",")
    assert name == "admiration"
    cells[header.split(",").index("average_precision") - 1] = ""
    path.write_text("".join([header, ",".join(["None", *cells]), *rest]))
    label = read_run(records / "mean-seed-42").labels.iloc[0]
    assert label["label"] == "None"
    assert np.isnan(label["average_precision"])
