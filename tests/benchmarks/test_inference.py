import json
import shutil

import pytest

from benchmarks import inference
from emotions.errors import UserError
from emotions.reporting.tables import inference_table


def of(speed: float, alone: list[float], tokenizer: float = 0.1) -> dict:
    return {"comments_per_second": speed, "alone": alone, "tokenizer": tokenizer}


def test_ratios_are_taken_round_by_round_and_latencies_over_all():
    rounds = {name: [of(100, [10]), of(50, [20])] for name in inference.NAMES}
    rounds["int8"] = [of(600, [1, 2]), of(400, [3, 4], 0.3)]
    summary = inference.summary(rounds)
    assert summary["ratio"]["int8_to_pipeline_32"] == {"median": 7.0, "minimum": 6.0, "maximum": 8.0}
    assert summary["comments_per_second"]["int8"]["median"] == 500
    assert summary["milliseconds_alone"]["int8"]["p50"] == 2.5
    assert summary["tokenizer_share"]["int8"] == 0.2


@pytest.mark.slow
def test_it_runs_on_a_tiny_model_and_its_table_has_a_row_a_contestant(tiny_export, tmp_path, monkeypatch):
    project = shutil.copytree(tiny_export, tmp_path / "project")
    (project / "benchmarks").mkdir()
    monkeypatch.chdir(project)
    for name in ("ROUNDS", "ANSWERS"):
        monkeypatch.setattr(inference, name, 1)
    monkeypatch.setattr(inference, "ROWS", 14)
    inference.main()
    result = json.loads((project / "benchmarks/inference.json").read_text())
    assert result["comments"] == 14
    assert len(inference_table(result).splitlines()) == 2 + len(inference.NAMES)


def test_without_an_export_the_way_to_one_is_named(project_copy):
    with pytest.raises(UserError, match="models/exported: expected a run and its export; .* python -m emotions export"):
        inference.texts()
