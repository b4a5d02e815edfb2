import csv
import json
import shutil
import sys

import pytest

from benchmarks import scoring
from emotions.errors import UserError


def test_comments_are_repeated_and_numbered(tiny_project, tmp_path, monkeypatch):
    monkeypatch.chdir(tiny_project)
    scoring.write_comments(tmp_path / "long.csv", "tiny", 30)
    with (tmp_path / "long.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["number"] for row in rows] == [str(number) for number in range(30)]
    assert len({row["text"] for row in rows}) == 30
    assert rows[0]["text"].removesuffix(" 0") == rows[14]["text"].removesuffix(" 14"), "14 test rows, then again"


@pytest.mark.slow
def test_another_models_measurements_are_kept(tiny_export, tmp_path, monkeypatch):
    project = shutil.copytree(tiny_export, tmp_path / "project")
    (project / "benchmarks").mkdir()
    (project / "benchmarks/scoring.json").write_text('{"other": {"measured": []}}')
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "argv", ["scoring", "models/exported/int8", "20", "40", "--source", "tiny"])
    scoring.main()
    models = json.loads((project / "benchmarks/scoring.json").read_text())
    assert list(models) == ["int8", "other"]
    assert [point["rows"] for point in models["int8"]["measured"]] == [20, 40]
    assert all(point["peak_mib"] > 20 for point in models["int8"]["measured"])


def test_a_model_that_is_not_there_is_said_by_score(tiny_project, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tiny_project)
    with pytest.raises(UserError, match="score failed"):
        scoring.measured(tmp_path / "missing", "tiny", 20)
    assert "expected a model's folder" in capfd.readouterr().err
