import json
import shutil
import sys

import pytest

pytest.importorskip("fastapi", reason="not installed: pip install -r requirements-serve.txt")

from benchmarks import serving
from emotions.errors import UserError


def test_every_client_is_answered_and_the_servers_memory_noted(tiny_export, tmp_path, monkeypatch):
    project = shutil.copytree(tiny_export, tmp_path / "project")
    (project / "benchmarks").mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setattr(serving, "CLIENTS", 3)
    monkeypatch.setattr(serving, "SECONDS", 1)
    monkeypatch.setattr(sys, "argv", ["serving", "models/exported/int8", "--source", "tiny"])
    serving.main()
    found = json.loads((project / "benchmarks/serving.json").read_text())
    assert found["errors"] == 0
    assert found["requests"] >= 3
    assert min(found["memory_mib"]) > 20


def test_a_service_that_cannot_start_ends_the_benchmark(tiny_export, monkeypatch):
    monkeypatch.chdir(tiny_export)
    monkeypatch.setattr(sys, "argv", ["serving", "models/missing", "--source", "tiny"])
    with pytest.raises(UserError, match="the service ended before it answered"):
        serving.main()
