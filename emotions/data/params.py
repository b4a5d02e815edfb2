"""What params.yaml says of the source, of what prepare does with it and of how it becomes tokens."""

from typing import Annotated, Literal

from pydantic import Field

from emotions.params import FileName, Section

Format = Literal["tsv", "jsonl"]


class DataParams(Section):
    source: FileName
    format: Format


class PrepareParams(Section):
    drop_leaked_train_rows: bool
    rows_without_labels: Literal["refuse", "keep"]


class TokenizeParams(Section):
    max_length: Annotated[int, Field(ge=3, le=1_000_000)]  # [CLS], one token, [SEP]
    emoji_tokens: bool
