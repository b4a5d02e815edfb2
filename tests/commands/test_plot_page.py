import subprocess
import sys

import pytest

from emotions.__main__ import door
from emotions.errors import UserError


def test_the_page_is_written_where_dvc_looks_for_it(tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet"], check=True)
    assert call("plot-page").startswith("plot-page: .dvc/plot_page.html")
    assert (tmp_path / ".dvc/plot_page.html").read_text().count("{plot_divs}") == 1
    config = (tmp_path / ".dvc/config.local").read_text()
    assert "html_template = plot_page.html" in config, "from .dvc/, where DVC's paths start"


def test_elsewhere_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"\.dvc is not here: run from the root of the project"):
        door(["plot-page"], standalone_mode=False)
    assert list(tmp_path.iterdir()) == []
