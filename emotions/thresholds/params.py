"""What params.yaml says of choosing thresholds."""

from typing import Annotated, Literal

from pydantic import Field

from emotions.metrics.params import Kind
from emotions.params import NotNegative, Section


class ThresholdSweepParams(Section):
    fixed: Annotated[float, Field(gt=0, lt=1)]
    objective: Literal["micro_f1", "macro_f1"]
    shrinkage: NotNegative
    resamples: Annotated[int, Field(ge=1, le=10_000)]
    min_precision: Annotated[float, Field(gt=0, le=1)]
    calibration: Kind
    policy: Literal["auto", "argmax", "fixed", "fixed_0_3", "global", "per_label", "shrunk", "averaged", "precise"]
    folds: Annotated[int, Field(ge=2, le=1_000)]
    confused_pairs: Annotated[int, Field(ge=1, le=1_000)]
    seed: Annotated[int, Field(ge=0, lt=2**32)]
