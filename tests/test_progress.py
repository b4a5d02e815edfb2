import pytest

from emotions import progress


def test_a_log_gets_lines_seldom_and_the_last_state(capsys, monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 60)
    with progress.row_bar(1000, "train") as bar:
        for _ in range(1000):
            bar.update(1)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2, "the start and the end of work shorter than a minute"
    assert "1000/1000" in lines[-1]
    assert "rows/s" in lines[-1]
    assert "\r" not in "".join(lines)


@pytest.mark.parametrize("terminal", [True, False])
def test_without_a_title_nothing_is_shown(capsys, monkeypatch, terminal):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    with progress.row_bar(10, None) as bar:
        bar.update(10)
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar_that_moves(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress.row_bar(10, "evaluate") as bar:
        bar.update(10)
    assert "\revaluate: 100%" in capsys.readouterr().err
