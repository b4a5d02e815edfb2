import shutil

import pytest

from emotions.errors import UserError


@pytest.mark.slow
def test_a_stale_table_is_named_by_check_and_mended_without(root, tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    shutil.copy(root / "README.md", tmp_path)
    for folder in ("docs", "results", "benchmarks"):
        shutil.copytree(root / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    page = tmp_path / "docs/performance.md"
    right = page.read_text()
    page.write_text(right.replace("batches of 64 of one", "batches of 65 of one"))
    with pytest.raises(UserError, match=r"docs/performance\.md: not what the records in results/ say; make results"):
        call("results", "--check")
    assert "batches of 65" in page.read_text(), "it wrote nothing"
    assert "tables as they say" in call("results")
    assert page.read_text() == right
    assert "tables as they say" in call("results", "--check")
