"""What params.yaml says of training."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from emotions.params import BatchSize, Count, FileName, NotNegative, Positive, Section

NO_TEACHER = "none"  # has a NAME.json that names nobody, because DVC wants a dependency to exist

Share = Annotated[float, Field(ge=0, lt=1)]


class DropoutParams(Section):
    hidden: Share
    attention: Share
    mask: Literal["comment", "token"]


class FocalParams(Section):
    gamma: NotNegative
    alpha: Annotated[float, Field(gt=0, lt=1)] | None


class AsymmetricParams(Section):
    gamma_positive: NotNegative
    gamma_negative: NotNegative
    margin: Annotated[float, Field(ge=0, lt=1)]


class LossParams(Section):
    name: Literal["bce", "cross_entropy", "focal", "asymmetric", "zlpr"]
    weighting: Literal["none", "sqrt_inverse", "inverse", "effective_number"]
    weight_cap: Annotated[float, Field(ge=1)]
    effective_number_beta: Annotated[float, Field(ge=0, lt=1)]
    label_smoothing: Annotated[float, Field(ge=0, lt=0.5)]
    focal: FocalParams
    asymmetric: AsymmetricParams

    @model_validator(mode="after")
    def combinable(self) -> Self:
        if self.name == "zlpr" and (self.weighting != "none" or self.label_smoothing):
            raise ValueError(
                "zlpr ranks labels that hold above those that do not and weighs none: "
                "-S train.loss.weighting=none -S train.loss.label_smoothing=0"
            )
        if self.name == "focal" and self.focal.alpha is not None and self.weighting != "none":
            raise ValueError(
                f"alpha and weighting={self.weighting} both weigh positives; keep one: -S train.loss.focal.alpha=null"
            )
        return self


class OversamplingParams(Section):
    share: Annotated[float, Field(ge=0, lt=1)]
    token_dropout: Annotated[float, Field(ge=0, lt=1)]


class DistillationParams(Section):
    teacher: FileName
    weight: Annotated[float, Field(gt=0, le=1)]


class TrainParams(Section):
    epochs: Count
    batch_size: BatchSize
    eval_batch_size: BatchSize
    batching: Literal["similar_length", "random"]
    pooling: Literal["first", "mean"]
    learning_rate: Positive
    head_learning_rate: Positive
    layer_decay: Annotated[float, Field(gt=0, le=1)]
    warmup_share: Annotated[float, Field(ge=0, lt=1)]
    weight_decay: NotNegative
    max_grad_norm: Positive
    dropout: DropoutParams
    r_drop: NotNegative
    classifier_bias: Literal["log_odds", "zero"]
    loss: LossParams
    weight_average: Annotated[float, Field(ge=0, lt=1)]
    merge_duplicates: bool
    oversampling: OversamplingParams
    distillation: DistillationParams
    folds: Annotated[int, Field(ge=2, le=1_000)]
    held_out_fold: Literal["none"] | Annotated[int, Field(ge=0)]
    best_epoch_by: Literal["mean_average_precision", "micro_f1", "macro_f1", "validation_loss"]
    precision: Literal["auto", "fp16", "bf16", "fp32"]
    attention: Literal["auto", "eager", "sdpa"]
    checkpoint_minutes: NotNegative
    processes: Annotated[int, Field(ge=1, le=1_024)]
    threads: Annotated[int, Field(ge=0, le=1_024)]
    report_to: Annotated[str, Field(min_length=1)]
    seed: Annotated[int, Field(ge=0, lt=2**32)]

    @model_validator(mode="after")
    def combinable(self) -> Self:
        if self.loss.name == "zlpr" and (self.merge_duplicates or self.distillation.teacher != NO_TEACHER):
            raise ValueError(
                "zlpr takes labels that hold or do not, no shares between: "
                "-S train.merge_duplicates=false -S train.distillation.teacher=none"
            )
        if self.r_drop and not (self.dropout.hidden or self.dropout.attention):
            raise ValueError(
                "r_drop compares two readings under other dropout, and there is none: -S train.dropout.hidden=0.1"
            )
        if self.held_out_fold != "none" and self.held_out_fold >= self.folds:
            raise ValueError(
                f"folds are counted from 0; of {self.folds} the last is {self.folds - 1}: "
                f"-S train.held_out_fold={self.folds - 1}"
            )
        return self
