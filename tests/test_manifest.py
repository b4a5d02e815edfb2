import json

import pytest

from emotions.errors import UserError
from emotions.manifest import MANIFEST, verify, write_manifest


@pytest.fixture
def folder(tmp_path):
    for name in ("config.json", "weights"):
        (tmp_path / name).write_text(name)
    write_manifest(tmp_path, made_by="a test")
    return tmp_path


def test_a_folder_as_it_was_written_is_what_it_says(folder):
    verify(folder, ("config.json", "weights"), "make it again")
    assert json.loads((folder / MANIFEST).read_text())["made_by"] == "a test"


def test_a_file_that_came_later_is_nobodys_concern(folder):
    (folder / "README.md").write_text("mine")
    verify(folder, ("config.json",), "make it again")


def test_a_changed_and_a_missing_file_are_named_with_both_hashes(folder):
    (folder / "weights").write_text("others")
    with pytest.raises(UserError, match="weights: expected sha256 [0-9a-f]{64}; found [0-9a-f]{64}: make it again"):
        verify(folder, (), "make it again")
    (folder / "weights").unlink()
    with pytest.raises(UserError, match="weights: expected sha256 .*; found no such file"):
        verify(folder, (), "make it again")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "expected the hashes of the folder's files; found no file"),
        ("{", "found what is not JSON"),
        ("[]", "expected the hashes of config.json; found others"),
        ('{"sha256": {}}', "expected the hashes of config.json; found others"),
        ('{"sha256": {"config.json": 3}}', "config.json: expected sha256 3"),
        ('{"sha256": {"config.json": "", "../outside": ""}}', "expected sha256"),
    ],
)
def test_a_manifest_that_says_nothing_of_the_files_is_refused(folder, content, said):
    (folder / MANIFEST).unlink()
    if content is not None:
        (folder / MANIFEST).write_text(content)
    with pytest.raises(UserError, match=said):
        verify(folder, ("config.json",), "make it again")


def test_no_file_outside_the_folder_is_looked_at(folder):
    (folder.parent / "outside").write_text("weights")
    hashes = json.loads((folder / MANIFEST).read_text())
    hashes["sha256"] = {"config.json": hashes["sha256"]["config.json"], "../outside": hashes["sha256"]["weights"]}
    (folder / MANIFEST).write_text(json.dumps(hashes))
    with pytest.raises(UserError, match=r"\.\./outside: expected sha256 .*; found no such file"):
        verify(folder, (), "make it again")
