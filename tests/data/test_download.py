import hashlib
import http.server
import json
import re
import threading
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from emotions.data.addition import Wishes, add
from emotions.data.columns import Asked, plan
from emotions.data.corpus import read_source
from emotions.data.download import fetch_source
from emotions.errors import UserError
from tests.tiny import ROOT

CONTENT = {"train.tsv": b"text\t0\ta\n", "dev.tsv": b"text\t0\tb\n", "test.tsv": b"text\t0\tc\n"}


@pytest.fixture
def server(tmp_path):
    """The three files served on this machine; yields the address."""
    served = tmp_path / "served"
    served.mkdir()
    for name, content in CONTENT.items():
        (served / name).write_bytes(content)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=served)

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


@pytest.fixture
def project(server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = {
        name: {"url": f"{server}/{name}", "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in CONTENT.items()
    }

    def describe(**changed_url):
        described = {
            name: file | {"url": changed_url.get(name.split(".")[0], file["url"])} for name, file in files.items()
        }
        (tmp_path / "data/sources").mkdir(parents=True, exist_ok=True)
        (tmp_path / "data/sources/own.json").write_text(json.dumps({"files": described}))
        return tmp_path / "data/raw/own"

    return describe


def content_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_are_fetched_and_a_second_call_needs_no_network(project):
    folder = project()
    fetch_source("own")
    assert content_of(folder) == CONTENT
    project(train="http://127.0.0.1:9/train.tsv", dev="http://127.0.0.1:9/dev.tsv", test="http://127.0.0.1:9/test.tsv")
    assert "is complete" in fetch_source("own")


def test_a_failing_network_keeps_what_is_there(project, tmp_path):
    folder = project(test="http://127.0.0.1:9/test.tsv")
    folder.mkdir(parents=True)
    (folder / "train.tsv").write_bytes(b"mine")
    with pytest.raises(UserError, match=r"test\.tsv could not be downloaded .* make data"):
        fetch_source("own")
    assert content_of(folder) == {"train.tsv": b"mine"}
    assert [path.name for path in folder.parent.iterdir()] == ["own"], "nothing half-written lies beside"


def test_a_file_with_another_hash_is_refused(project, server, tmp_path):
    folder = project(test=f"{server}/dev.tsv")
    with pytest.raises(UserError, match=r"dev\.tsv: expected sha256 \w+; found \w+; nothing was changed"):
        fetch_source("own")
    assert not folder.exists()


@pytest.mark.parametrize(
    "url", ["http://example.org/train.tsv", "ftp://example.org/train.tsv", "http://127.0.0.1.example.org/"]
)
def test_nothing_comes_unencrypted_from_another_machine(project, url):
    folder = project(train=url)
    with pytest.raises(UserError, match=r"expected a URL that begins with https://"):
        fetch_source("own")
    assert not folder.exists()


def test_a_url_that_leads_to_an_unencrypted_one_is_refused(project, monkeypatch):
    project()

    @contextmanager
    def redirected(url, timeout):
        yield SimpleNamespace(url="http://example.org/", read=None)

    monkeypatch.setattr("urllib.request.urlopen", redirected)
    with pytest.raises(UserError, match=r"http://example\.org/: expected a URL that begins with https://"):
        fetch_source("own")


def test_a_file_that_does_not_end_is_left_where_it_is_longer_than_pinned(project, tmp_path):
    folder = project()
    path = tmp_path / "data/sources/own.json"
    description = json.loads(path.read_text())
    description["files"]["train.tsv"]["bytes"] = 3
    path.write_text(json.dumps(description))
    with pytest.raises(UserError, match=r"train\.tsv: expected 3 bytes; found more; nothing was changed"):
        fetch_source("own")
    assert not folder.exists()


def test_no_file_of_a_description_leaves_its_folder(project, tmp_path):
    project()
    path = tmp_path / "data/sources/own.json"
    description = json.loads(path.read_text())
    description["files"]["../train.tsv"] = description["files"].pop("train.tsv")
    path.write_text(json.dumps(description))
    with pytest.raises(UserError, match="expected a name of letters"):
        fetch_source("own")
    assert not (tmp_path / "data/raw").exists()


def test_an_unknown_source_names_the_known_ones(project):
    project()
    with pytest.raises(UserError, match=r"other\.json: .* known: own"):
        fetch_source("other")


def test_the_pinned_files_are_the_ones_of_the_lock_file(root):
    """The lock's md5 of the code and of the description are current, so that `dvc pull` needs no network."""
    import yaml

    stage = yaml.safe_load((root / "data/raw/dvc.lock").read_text())["stages"]["goemotions"]
    for dependency in stage["deps"]:
        assert hashlib.md5((root / dependency["path"]).read_bytes()).hexdigest() == dependency["md5"], dependency
    pinned = json.loads((root / "data/sources/goemotions.json").read_text())["files"]
    assert {Path(out["path"]).name: out["size"] for out in stage["outs"]} == {
        name: file["bytes"] for name, file in pinned.items()
    }


@pytest.mark.parametrize("path", sorted((ROOT / "data/sources").glob("*.json")), ids=lambda path: path.stem)
def test_every_source_says_what_it_is_and_pins_its_files(path):
    described = json.loads(path.read_text())
    assert described["about"]
    assert described["paper"]
    assert described["licence"]
    for name, file in described["files"].items():
        assert file["url"].startswith("https://")
        assert file["url"].endswith(f"/{name}")
        assert re.fullmatch("[0-9a-f]{64}", file["sha256"])
        assert file["bytes"] > 0


def test_ag_news_is_fetched_and_added_with_its_topics(tmp_path, monkeypatch, server, root, call):
    """Rows as its files have them, class number from 1, title, description, all in quotes, served on this machine."""
    rows = [f'"{number % 4 + 1}","Title {number}","He said ""no"", \\\\ {number}."\n' for number in range(80)]
    described = json.loads((root / "data/sources/ag_news.json").read_text())
    for name, file in described["files"].items():
        content = "".join(rows if name == "train.csv" else rows[:8]).encode()
        (tmp_path / "served" / name).write_bytes(content)
        file |= {"url": f"{server}/{name}", "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/sources").mkdir(parents=True)
    (tmp_path / "data/sources/ag_news.json").write_text(json.dumps(described))
    assert "2 files, every sha256 as pinned" in call("fetch", "ag_news")
    asked = Asked(
        ["data/raw/ag_news/train.csv"],
        test=["data/raw/ag_news/test.csv"],
        header=False,
        text="2,3",
        labels="1",
        label_names=root / "data/sources/ag_news.names.txt",
    )
    added = add("news", plan(asked), Wishes(drop_empty=False, drop_unlabelled=False, min_rows=0, seed=42))
    assert (added.names, added.one_label) == (["World", "Sports", "Business", "Sci/Tech"], True)
    assert added.rows == {"train": 72, "validation": 8, "test": 8}
    first = read_source("news")[1]["test"][0]
    assert (first.text, first.labels) == ('Title 0\nHe said "no", \\\\ 0.', (0,))
