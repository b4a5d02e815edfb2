"""Download a source's files, checked by sha256."""

from typing import Annotated

import typer

from emotions.data.download import fetch_source


def fetch(source: Annotated[str, typer.Argument(help="a name in data/sources, such as goemotions")]) -> None:
    """Put a source's files into data/raw, all of them with their pinned sha256, or none."""
    print(f"fetch: {fetch_source(source)}")
