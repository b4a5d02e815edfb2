import sys

import pytest

from emotions.errors import UserError


def test_a_missing_package_is_named(project_copy, call, monkeypatch):
    for package in ("cleanlab", "cleanlab.filter"):
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, "emotions.experiments.audit", raising=False)  # imported by an earlier test
    with pytest.raises(UserError, match=r"is not installed: pip install -r requirements-audit\.txt"):
        call("audit", "none")
