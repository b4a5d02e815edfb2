import pandas as pd
import pytest

pytest.importorskip("jinja2", reason="not installed: pip install -r requirements-audit.txt")

from emotions.experiments.audit import Audit
from emotions.reporting import audit_page


def found(rows: int) -> Audit:
    table = pd.DataFrame(
        {
            "id": [f"c{row}" for row in range(rows)],
            "labels": ["joy|love"] * rows,
            "says": ["anger 97%"] * rows,
            "why": ["joy is given, the model says 1%"] * rows,
            "same_text": [""] * rows,
            "text": ["<b>so happy</b>"] * rows,
        }
    )
    return Audit("own", "honest", 1000, rows / 1000, 0.001, 0.02, table, 3, 7)


def test_the_page_tells_the_share_and_shows_rows_as_text():
    page = audit_page.page(found(2))
    assert "2 of 1,000 training rows are in doubt" in page
    assert "<b>0.2%</b>, 95 % interval 0.1% to 2.0%" in page
    assert "&lt;b&gt;so happy" in page, "markup in a text is text"
    assert page.count('<span class="label">') == 4


def test_of_many_rows_the_first_are_shown(monkeypatch):
    monkeypatch.setattr(audit_page, "SHOWN", 5)
    assert audit_page.page(found(9)).count('<td class="text">') == 5
