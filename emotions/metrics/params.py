"""What params.yaml says of scoring."""

from typing import Annotated, Literal

from pydantic import Field

from emotions.params import Count, Section

Kind = Literal["none", "temperature", "temperature_per_label", "platt", "platt_per_label"]


class ScoresParams(Section):
    frequent_rows: Count
    calibration_bins: Annotated[int, Field(ge=2, le=1_000)]
