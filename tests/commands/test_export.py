import sys

import pytest

import emotions.release
from emotions.errors import UserError


def test_the_command_says_what_each_form_costs(tiny_export):
    lines = (tiny_export / "export.txt").read_text().splitlines()
    assert [line.split(":")[1].strip() for line in lines] == ["models/exported/fp32", "models/exported/int8"]
    assert lines[0].endswith("decides 100.000% alike by the trained model's thresholds")


def test_a_missing_package_is_named(project_copy, call, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.delitem(sys.modules, "emotions.release.quantize", raising=False)
    monkeypatch.delitem(sys.modules, "emotions.release.export", raising=False)
    monkeypatch.delattr(emotions.release, "export", raising=False)  # an earlier test imported it
    with pytest.raises(UserError, match="package onnx is not installed: pip install -r requirements-export.txt"):
        call("export")
