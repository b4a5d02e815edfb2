"""What params.yaml says of training."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from emotions.params import Count, NotNegative, Positive, Section
from emotions.training.distillation import NO_TEACHER, DistillationParams
from emotions.training.dropout import DropoutParams
from emotions.training.losses import LossParams
from emotions.training.rows import OversamplingParams


class TrainParams(Section):
    epochs: Count
    batch_size: Count
    eval_batch_size: Count
    batching: Literal["similar_length", "random"]
    pooling: Literal["first", "mean"]
    learning_rate: Positive
    head_learning_rate: Positive
    warmup_share: Annotated[float, Field(ge=0, lt=1)]
    weight_decay: NotNegative
    max_grad_norm: Positive
    dropout: DropoutParams
    classifier_bias: Literal["log_odds", "zero"]
    loss: LossParams
    weight_average: Annotated[float, Field(ge=0, lt=1)]
    merge_duplicates: bool
    oversampling: OversamplingParams
    distillation: DistillationParams
    folds: Annotated[int, Field(ge=2)]
    held_out_fold: Literal["none"] | Annotated[int, Field(ge=0)]
    best_epoch_by: Literal["mean_average_precision", "micro_f1", "macro_f1", "validation_loss"]
    precision: Literal["auto", "fp16", "bf16", "fp32"]
    attention: Literal["auto", "eager", "sdpa"]
    checkpoint_minutes: NotNegative
    processes: Count
    threads: Annotated[int, Field(ge=0)]
    report_to: Annotated[str, Field(min_length=1)]
    seed: Annotated[int, Field(ge=0, lt=2**32)]

    @model_validator(mode="after")
    def combinable(self) -> Self:
        if self.loss.name == "zlpr" and (self.merge_duplicates or self.distillation.teacher != NO_TEACHER):
            raise ValueError(
                "zlpr takes labels that hold or do not, no shares between: "
                "-S train.merge_duplicates=false -S train.distillation.teacher=none"
            )
        if self.held_out_fold != "none" and self.held_out_fold >= self.folds:
            raise ValueError(
                f"folds are counted from 0; of {self.folds} the last is {self.folds - 1}: "
                f"-S train.held_out_fold={self.folds - 1}"
            )
        return self
