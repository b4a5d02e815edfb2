"""What an audit found, as one page to look at that opens without internet."""

from pathlib import Path

import jinja2

from emotions.experiments.audit import BETWEEN, Audit

TEMPLATE = Path(__file__).with_name("audit_page.html")
SHOWN = 500  # rows; the table has all of them


def page(found: Audit) -> str:
    """Return the page: how large the share in doubt is, then the rows, the most doubtful first."""
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    rows = found.table.head(SHOWN).to_dict("records")
    for row in rows:
        row["labels"] = row["labels"].split(BETWEEN) if row["labels"] else []
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(found=found, rows=rows)
