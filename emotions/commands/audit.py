"""List training rows whose labels are likely wrong."""

from pathlib import Path
from typing import Annotated

import typer

from emotions.artifacts import atomic_write, write_table
from emotions.errors import UserError
from emotions.params import read_sections

TABLE = Path("build/audit.csv")
PAGE = Path("build/audit.html")


def audit(
    teacher: Annotated[
        str, typer.Argument(help="in data/teachers, cross-fitted: made by python -m emotions teach NAME --out-of-fold")
    ],
) -> None:
    """Write build/audit.csv and build/audit.html: rows whose labels models that were not trained on them contradict.

    The source is the one that params.yaml names; a corrected file goes back with add --of SOURCE --fix FILE.
    """
    try:
        from emotions.experiments.audit import audit as audit_source
        from emotions.reporting.audit_page import page

        params = read_sections()
        found = audit_source(params["data"]["source"], teacher, params)
    except ModuleNotFoundError as error:
        raise UserError(f"package {error.name} is not installed: pip install -r requirements-audit.txt") from None
    write_table(TABLE, found.table)
    with atomic_write(PAGE) as beside:
        beside.write_text(page(found), encoding="utf-8")
    print(
        f"audit: {found.source}: {len(found.table):,} of {found.rows:,} training rows in doubt, {found.share:.1%} "
        f"({found.low:.1%} to {found.high:.1%}); {found.rows_in_conflict:,} rows of {found.texts_in_conflict:,} texts "
        f"that have different labels: {TABLE}, {PAGE}"
    )
