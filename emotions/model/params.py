"""What params.yaml says of the pretrained encoder."""

from typing import Annotated

from pydantic import Field

from emotions.params import Section


class ModelParams(Section):
    checkpoint: Annotated[str, Field(min_length=1)]
    revision: str | None
