"""Write a run's report as one page that opens without internet."""

from pathlib import Path
from typing import Annotated

import typer

from emotions.artifacts import atomic_write
from emotions.experiments.run import refuse_other_rows, run_of
from emotions.reporting.run_page import page, page_data

PAGE = Path("build/report.html")


def report(
    a: Annotated[str, typer.Argument(help="a git revision, an experiment, a folder, workspace, or results/NAME")],
    b: Annotated[str | None, typer.Argument(help="another; the page is of B then, with A for comparison")] = None,
) -> None:
    """Write build/report.html: a run's scores, thresholds to try with sliders, calibration, confusions.

    With B the page also says which differences are real.
    """
    run_a = run_of(a)
    run_b = run_of(b) if b else None
    if run_b:
        refuse_other_rows(run_a, run_b)

    html = page(page_data(run_a, run_b))

    with atomic_write(PAGE) as beside:
        beside.write_text(html, encoding="utf-8")
    print(f"report: {PAGE}, {len(html) / 1e6:.1f} MB: open it in a browser")
