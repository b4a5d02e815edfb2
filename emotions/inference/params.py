"""What params.yaml says of asking a model for many rows."""

from emotions.params import BatchSize, Section


class EvaluateParams(Section):
    batch_size: BatchSize
