from pathlib import Path

import numpy as np
import pytest

from emotions.errors import UserError

PAGE = Path("build/report.html")


def test_a_page_of_one_run_is_written(project_copy, call):
    said = call("report", "workspace")
    assert said == f"report: {PAGE}, {PAGE.stat().st_size / 1e6:.1f} MB: open it in a browser\n"
    assert "within the noise of test rows" not in PAGE.read_text()


def test_a_page_of_two_runs_says_which_differences_are_real(project_copy, tiny_project, call):
    call("report", str(tiny_project), "workspace")
    assert "within the noise of test rows" in PAGE.read_text()


def test_runs_on_other_comments_are_refused_and_no_page_is_written(project_copy, tiny_project, call):
    path = project_copy / "data/predictions/test.npz"
    with np.load(path, allow_pickle=False) as arrays:
        others = dict(arrays) | {"ids": np.array([f"other{row}" for row in range(len(arrays["ids"]))])}
    np.savez(path, **others)
    with pytest.raises(UserError, match="different test comments"):
        call("report", str(tiny_project), "workspace")
    assert not PAGE.exists()
