"""Write the page that dvc plots fills, so that it draws without internet."""

import subprocess
import sys

from emotions.artifacts import atomic_write
from emotions.errors import UserError
from emotions.reporting.plot_page import PAGE, page


def plot_page() -> None:
    """Write .dvc/plot_page.html, with Vega inside, so that DVC's plots draw without internet, and have DVC use it."""
    if not PAGE.parent.is_dir():
        raise UserError(f"{PAGE.parent} is not here: run from the root of the project")
    with atomic_write(PAGE) as beside:
        beside.write_text(page(), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "dvc", "config", "--local", "plots.html_template", PAGE.name], check=True)
    print(f"plot-page: {PAGE}, for dvc plots, as .dvc/config.local now says")
