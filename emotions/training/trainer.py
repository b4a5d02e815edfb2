"""Fine-tuning a classifier with the Hugging Face Trainer: our loss, two learning rates, the best epoch kept."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor, nn
from torch.utils.data import Sampler
from transformers import (
    DataCollatorWithPadding,
    EvalPrediction,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PrinterCallback,
    Trainer,
    TrainingArguments,
)
from transformers.utils import ModelOutput, is_torch_tf32_available

from emotions.errors import UserError
from emotions.metrics.decisions import decide
from emotions.metrics.f1 import f1_scores
from emotions.metrics.problem import PROBLEMS, Problem
from emotions.metrics.ranking import ranking_scores
from emotions.training.callbacks import Divergence, RowProgress, WeightAverage
from emotions.training.devices import set_attention, world_size
from emotions.training.distillation import soften
from emotions.training.dropout import share_masks
from emotions.training.folds import folds_of
from emotions.training.losses import Loss, build_loss, disagreement, positive_weights
from emotions.training.optimizer import parameter_groups, start_at_log_odds
from emotions.training.params import TrainParams
from emotions.training.resume import WholeCheckpoints
from emotions.training.rows import merge_labels, oversample
from emotions.training.sampler import EpochSampler, RandomOrderSampler, SimilarLengthSampler


class ClassifierTrainer(Trainer):
    """The Trainer with AdamW over `groups` of a model's parameters, its rows in the order of a given sampler.

    With `r_drop` above 0 the model reads each training batch twice at once, under other dropout, and how far the two
    readings are apart counts as well. The loss is then half of R-Drop's (Liang et al. 2021, equation 4), `r_drop` being
    their alpha: they add the losses of the two readings, the mean of both leaves the rate of learning as it was.
    """

    def __init__(
        self, groups: Callable[[PreTrainedModel], list[dict]], sampler: EpochSampler, r_drop: float, **options
    ):
        self.groups = groups
        self.sampler = sampler
        self.r_drop = r_drop
        super().__init__(**options)

    def compute_loss(
        self, model: nn.Module, inputs: dict[str, Tensor], return_outputs: bool = False, **options
    ) -> Tensor | tuple[Tensor, ModelOutput]:
        """Return the loss of a batch, with R-Drop where it is for training and params say so."""
        if not (self.r_drop and model.training):
            return super().compute_loss(model, inputs, return_outputs, **options)
        twice = {name: torch.cat([rows, rows]) for name, rows in inputs.items()}
        loss, outputs = super().compute_loss(model, twice, return_outputs=True, **options)
        problem = PROBLEMS[self.model.config.problem_type]
        loss = loss + self.r_drop / 2 * disagreement(outputs.logits, problem)
        return (loss, outputs) if return_outputs else loss

    def create_optimizer(self, model: PreTrainedModel | None = None) -> torch.optim.Optimizer:
        """Return AdamW over our groups, of `model` where the Trainer has wrapped or sharded its own."""
        # unfused, a step on 2 cores takes a third longer
        self.optimizer = torch.optim.AdamW(self.groups(model or self.model), fused=True)
        return self.optimizer

    def _get_train_sampler(self, train_dataset: Dataset | None = None) -> Sampler:
        # The Trainer's own draws from PyTorch's global numbers. Dropout moves those on by another amount in each
        # process, so from the second epoch on processes would disagree on who trains which row.
        return self.sampler


def training_arguments(params: TrainParams, precision: str, checkpoints: Path) -> TrainingArguments:
    """Return our params in the Trainer's words; `precision` is fp16, bf16 or fp32.

    `batch_size` is the optimizer's: the processes that train together share it.
    """
    return TrainingArguments(
        output_dir=str(checkpoints),
        num_train_epochs=params.epochs,
        per_device_train_batch_size=params.batch_size // world_size(),
        per_device_eval_batch_size=params.eval_batch_size,
        warmup_steps=params.warmup_share,  # below 1, the Trainer reads a share of all steps
        lr_scheduler_type="linear",
        max_grad_norm=params.max_grad_norm,
        fp16=precision == "fp16",
        bf16=precision == "bf16",
        tf32=True if is_torch_tf32_available() else None,  # what autocast leaves in fp32, on GPUs that have it
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
        ddp_find_unused_parameters=False,
        average_tokens_across_devices=False,  # our losses are means over rows
        seed=params.seed,
        eval_strategy="epoch",
        logging_strategy="epoch",
        save_strategy="best",
        save_only_model=True,
        load_best_model_at_end=True,
        metric_for_best_model=params.best_epoch_by,
        greater_is_better=params.best_epoch_by != "validation_loss",
        logging_nan_inf_filter=False,  # it hides a diverging loss, and waits for the GPU at each step
        disable_tqdm=True,  # RowProgress has the bar
        report_to="none",
    )


def validation_scores(prediction: EvalPrediction, loss: Loss, problem: Problem) -> dict[str, float]:
    """Return the loss, F1 of the problem's conventional decisions, threshold-free mean average precision.

    Raises UserError where training diverged.

    The loss is taken here, over the rows as they are: the Trainer's own counts some twice where processes share them.
    """
    if not np.isfinite(prediction.predictions).all():
        raise UserError(
            "training diverged, the model's outputs are not finite; dvc exp run -S train.learning_rate=LOWER"
        )
    truth, probability = prediction.label_ids.astype(int), problem.probabilities(prediction.predictions)
    decided = decide(problem.candidates(probability), problem.conventional)
    return {
        "validation_loss": float(
            loss(torch.from_numpy(prediction.predictions), torch.from_numpy(prediction.label_ids))
        ),
        **f1_scores(truth, decided),
        **ranking_scores(truth, probability),
    }


def training_rows(
    tokens: Dataset, texts: list[str], labels: list[str], source: dict[str, str], params: TrainParams
) -> Dataset:
    """Return the rows to train on, from those of the source: a fold held out, merged, repeated, softened.

    Each is done where params say so. `tokens` has id, input_ids, labels (multi-hot) and length, `texts` the comments
    in the same order; `labels` are the names, `source` is the sha256 of the file of these rows by its name. Raises
    UserError as `soften` does.
    """
    if params.held_out_fold != "none":
        tokens = tokens.select(np.flatnonzero(folds_of(texts, params.folds) != params.held_out_fold))
    if params.merge_duplicates:
        tokens = merge_labels(tokens)
    return soften(oversample(tokens, params.oversampling, params.seed), labels, source, params.distillation)


def build_groups(params: TrainParams) -> Callable[[PreTrainedModel], list[dict]]:
    """Return what tells AdamW's groups of a model's parameters, by the rates and decays of params."""
    return partial(
        parameter_groups,
        learning_rate=params.learning_rate,
        head_learning_rate=params.head_learning_rate,
        weight_decay=params.weight_decay,
        layer_decay=params.layer_decay,
    )


def build_sampler(lengths: list[int], params: TrainParams) -> EpochSampler:
    """Return the order of the rows, the same in every process, from generators that nothing else draws from."""
    if params.batching == "random":
        return RandomOrderSampler(len(lengths), params.seed)
    return SimilarLengthSampler(lengths, params.batch_size, params.seed)


def build_trainer(
    classifier: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    tokens: dict[str, Dataset],
    params: TrainParams,
    precision: str,
    checkpoints: Path,
) -> Trainer:
    """Return a Trainer ready to train; `tokens` has train and validation with input_ids, labels (multi-hot), length.

    Sets the masks of the classifier's dropout, and its output bias where params say so. Checkpoints go to
    `checkpoints`, a folder that all processes share: the weights of the best epoch, and every so many minutes all
    that going on needs. Raises UserError where the encoder cannot do
    what params ask.
    """
    if params.dropout.mask == "comment":
        share_masks(classifier)
    set_attention(classifier, params.attention)
    problem = PROBLEMS[classifier.config.problem_type]
    rows, validation = len(tokens["train"]), tokens["validation"]
    positives = torch.from_numpy(tokens["train"].with_format("numpy")["labels"][:]).sum(dim=0)
    positives = positives.clamp(0.5, rows - 0.5)  # a fold held out may have all rows of a label, or all without it
    weights = positive_weights(positives, rows, params.loss)
    if params.classifier_bias == "log_odds":
        start_at_log_odds(classifier, positives, problem.others(positives, rows), weights)
    loss = build_loss(params.loss, weights, problem)
    average = WeightAverage(params.weight_average) if params.weight_average else None
    divergence = Divergence(params.learning_rate)
    trainer = ClassifierTrainer(
        groups=build_groups(params),
        sampler=build_sampler(list(tokens["train"]["length"]), params),
        r_drop=params.r_drop,
        model=classifier,
        args=training_arguments(params, precision, checkpoints),
        data_collator=DataCollatorWithPadding(tokenizer, pad_to_multiple_of=8 if precision == "fp16" else None),
        train_dataset=tokens["train"],
        eval_dataset=validation.select(np.argsort(validation["length"])[::-1]),  # longest first: little padding
        processing_class=tokenizer,
        compute_loss_func=lambda outputs, targets, num_items_in_batch: divergence.watch(loss(outputs.logits, targets)),
        compute_metrics=partial(validation_scores, loss=loss, problem=problem),
        callbacks=[RowProgress(rows), divergence, *([average] if average else [])],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(WholeCheckpoints(trainer, params.checkpoint_minutes, average))
    torch.manual_seed(params.seed + trainer.args.process_index)  # each process drops other units
    return trainer
