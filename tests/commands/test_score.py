import sys

import pytest

from emotions.errors import UserError


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("id,text\na,so happy\nb\n")
    return path


def test_a_file_is_scored_by_the_workspace_s_model(project_copy, source, call, tmp_path):
    target = tmp_path / "out.csv"
    printed = call(
        "score", "--input", str(source), "--text-column", "text", "--keep", "id", "--bad-rows", "keep",
        "--output", str(target),
    )  # fmt: skip
    assert printed == f"score: {target}: 2 rows, 1 of them with an error in place of emotions\n"
    header, first, second = target.read_text().splitlines()
    assert header == "row,id,text,emotions,probabilities,error"
    assert first.startswith("1,a,so happy,")
    assert second == f"2,,,,,{source}:3: expected 2 cells as in the first row; found 1"


def test_a_policy_that_is_none_is_refused_before_anything_is_written(project_copy, source, call, tmp_path):
    with pytest.raises(UserError, match="--policy best: expected one of"):
        call(
            "score", "--input", str(source), "--text-column", "text", "--policy", "best",
            "--output", str(tmp_path / "out.csv"),
        )  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["in.csv"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--engine", "ray"], "--text-column NAME: expected the column that holds the texts"),
        (["--engine", "ray", "--text-column", "text", "--resume"], "--resume: ray begins again"),
        (["--engine", "ray", "--text-column", "text"], "package ray is not installed: pip install -r requirements-ray"),
        (["--workers", "2"], "--workers: expected --engine ray"),
    ],
)
def test_what_ray_needs_or_cannot_do_is_said(options, said, call, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "emotions.inference.cluster", raising=False)
    with pytest.raises(UserError, match=said):
        call("score", "--input", "in", "--output", "out", *options)
