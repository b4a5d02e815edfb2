"""Write the page that dvc plots diff fills."""

from emotions.artifacts import atomic_write
from emotions.reporting.plot_page import PAGE, page


def plot_page() -> None:
    """Write build/plot_page.html, with Vega inside, so that DVC's plots draw without internet."""
    with atomic_write(PAGE) as beside:
        beside.write_text(page(), encoding="utf-8")
    print(f"plot-page: {PAGE}, for dvc plots diff")
