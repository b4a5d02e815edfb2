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


def row_bar(rows: int, title: str | None) -> tqdm:
    """Return a tqdm bar over rows; without a title it shows nothing."""
    if sys.stderr.isatty():
        return tqdm(total=rows, desc=title, unit=" rows", disable=title is None)
    return tqdm(
        total=rows, desc=title, unit=" rows", disable=title is None, file=Lines(), mininterval=SECONDS_BETWEEN_LINES
    )
