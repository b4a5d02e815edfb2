import hashlib
import json

import pytest

from emotions.errors import UserError


def test_a_source_is_fetched_once(tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    rows, there = b"hello\t0\ta\n", tmp_path / "there.tsv"
    there.write_bytes(rows)
    file = {"url": there.as_uri(), "sha256": hashlib.sha256(rows).hexdigest(), "bytes": len(rows)}
    (tmp_path / "data/sources").mkdir(parents=True)
    (tmp_path / "data/sources/mine.json").write_text(json.dumps({"files": {"train.tsv": file}}))
    assert call("fetch", "mine") == "fetch: data/raw/mine: 1 files, every sha256 as pinned\n"
    assert (tmp_path / "data/raw/mine/train.tsv").read_bytes() == rows
    there.unlink()
    assert call("fetch", "mine") == "fetch: data/raw/mine is complete, every sha256 as pinned\n"


def test_an_unknown_source_is_told_which_there_are(root, monkeypatch, call):
    monkeypatch.chdir(root)
    with pytest.raises(UserError, match=r"data/sources/reddit\.json: .* known: .*goemotions"):
        call("fetch", "reddit")
