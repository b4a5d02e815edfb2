"""Record what anyone would try first."""

from typing import Annotated, Literal

import typer

from emotions.experiments.baselines import record_baseline


def baselines(
    features: Annotated[Literal["tfidf", "frozen"], typer.Argument(help="what the logistic regression reads")],
) -> None:
    """Record a logistic regression on TF-IDF words, or on the mean of the untrained encoder's hidden states."""
    record_baseline(features)
