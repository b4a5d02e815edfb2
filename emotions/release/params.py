"""What params.yaml says of exporting a model."""

from typing import Annotated

from pydantic import Field

from emotions.params import NotNegative, Section


class ExportParams(Section):
    fp32_agreement: Annotated[float, Field(ge=0, le=1)]
    int8_loss: NotNegative
    licence: Annotated[str, Field(min_length=1)]
    language: Annotated[str, Field(min_length=2)]
