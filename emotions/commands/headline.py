"""Print what the workspace's run came to."""

from emotions.reporting.headline import headline_text


def headline() -> None:
    """Print the headline metrics by policy and where the pictures are."""
    print(headline_text())
