"""Progress of long work: a bar with rows a second and time left, or a line a minute where nobody watches."""

import sys

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 60


class Lines:
    """A file for tqdm that ends each state of the bar with a line feed, so that a log can be read."""

    def write(self, text: str) -> None:
        state = text.strip()
        if state:
            sys.stderr.write(f"{state}\n")

    def flush(self) -> None:
        sys.stderr.flush()


def row_bar(total: int, title: str | None, unit: str = "rows", done: int = 0) -> tqdm:
    """Return a tqdm bar over rows, or what `unit` says, `done` of them before; without a title it shows nothing."""
    shown = {"total": total, "initial": done, "desc": title, "unit": f" {unit}", "disable": title is None}
    if sys.stderr.isatty():
        return tqdm(**shown)
    return tqdm(**shown, file=Lines(), mininterval=SECONDS_BETWEEN_LINES)
