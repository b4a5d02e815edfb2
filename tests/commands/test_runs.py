import pytest

from emotions.__main__ import door
from emotions.errors import UserError


def test_a_run_is_options_for_dvc(root, monkeypatch, call):
    monkeypatch.chdir(root)
    assert "-S data.source=goemotions" in call("runs", "mean-seed-43")
    assert "-S train.seed=43" in call("runs", "mean-seed-43")
    assert call("runs", "mean-seed-43").endswith(" -C data/raw/goemotions\n"), "the queue copies only what Git knows"


def test_an_unknown_run_is_told_which_there_are(root, monkeypatch, capsys):
    monkeypatch.chdir(root)
    with pytest.raises(UserError, match="nothing: expected a run of .*mean-seed-42"):
        door(["runs", "nothing"], standalone_mode=False)
    assert capsys.readouterr().out == "--no-such-run-nothing\n", "or `dvc exp run $(...)` would run what stands there"
