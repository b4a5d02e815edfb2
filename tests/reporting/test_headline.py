import pytest

from emotions.errors import UserError
from emotions.reporting.headline import headline_text


def test_policies_and_pictures_are_named(project_copy):
    text = headline_text()
    assert "per_label_tuned_on_test_leak" in text
    assert "mean average precision" in text
    assert text.count(".png") == 7


def test_without_a_run_the_way_to_one_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"evaluate\.json: .* make repro"):
        headline_text()
