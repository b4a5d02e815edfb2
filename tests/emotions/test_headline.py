import pytest

from emotions import headline


def test_policies_and_pictures_are_printed(project_copy, capsys):
    headline.main()
    printed = capsys.readouterr().out
    assert "per_label_tuned_on_test_leak" in printed
    assert "mean average precision" in printed
    assert printed.count(".png") == 6


def test_without_a_run_the_way_to_one_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=r"evaluate\.json: .* make repro"):
        headline.main()
