"""Masked-language training of the workspace's encoder on its training comments, before it learns labels."""

import math
import tempfile
from pathlib import Path

import torch
from datasets import Dataset
from transformers import (
    AutoModelForMaskedLM,
    DataCollatorForLanguageModeling,
    PrinterCallback,
    TrainingArguments,
    set_seed,
)
from transformers.utils import logging

from emotions.artifacts import atomic_write
from emotions.data.prepared import read_labels
from emotions.data.tokens import MEND as TOKENIZE_AGAIN
from emotions.data.tokens import TOKENIZER, read_tokens
from emotions.errors import UserError
from emotions.model.checkpoint import pretrained_model, pretrained_tokenizer
from emotions.model.classifier import add_tokens
from emotions.model.params import ModelParams
from emotions.model.saved import load_tokenizer
from emotions.params import read_params, refuse_path
from emotions.training.callbacks import RowProgress
from emotions.training.devices import resolve_precision
from emotions.training.params import TrainParams
from emotions.training.trainer import ClassifierTrainer, build_groups, build_sampler

TARGETS = Path("build")
HIDDEN = 0.15  # of the tokens, as in BERT (Devlin et al. 2019, section 3.1)


def pretrain(name: str, epochs: int) -> tuple[Path, float]:
    """Write build/NAME, a checkpoint whose encoder learned to name hidden tokens of the training comments.

    Model, rates, batches, precision and seed are those of params.yaml; the head that names tokens learns at the head's
    rate and is left behind. Returns the folder and the mean loss over all steps, in nats a hidden token. Raises
    UserError for a bad or a taken name, without tokens, and where the checkpoint cannot be read.
    """
    refuse_path(name)
    target = TARGETS / name
    if target.exists():
        raise UserError(f"{target} is there already; choose another name, or remove it first")
    model, params = read_params("model", ModelParams), read_params("train", TrainParams)
    precision = resolve_precision(params.precision)
    tokenizer = load_tokenizer(TOKENIZER, TOKENIZE_AGAIN)
    tokens = Dataset(read_tokens("train", len(read_labels()), len(tokenizer))).select_columns(["input_ids", "length"])
    lengths = list(tokens["length"])
    logging.set_verbosity_error()  # else a table warns that the head is new, as it should be
    logging.disable_progress_bar()
    set_seed(params.seed)
    language_model, _ = pretrained_model(AutoModelForMaskedLM, model)
    add_tokens(language_model, pretrained_tokenizer(model).get_vocab(), tokenizer)
    with tempfile.TemporaryDirectory() as unused:
        trainer = ClassifierTrainer(
            groups=build_groups(params),
            sampler=build_sampler(lengths, params),
            r_drop=0.0,
            model=language_model,
            args=TrainingArguments(
                output_dir=unused,
                num_train_epochs=epochs,
                per_device_train_batch_size=params.batch_size,
                warmup_steps=params.warmup_share,  # below 1, the Trainer reads a share of all steps
                max_grad_norm=params.max_grad_norm,
                fp16=precision == "fp16",
                bf16=precision == "bf16",
                use_cpu=not torch.cuda.is_available(),
                dataloader_pin_memory=torch.cuda.is_available(),
                seed=params.seed,
                save_strategy="no",
                logging_nan_inf_filter=False,
                disable_tqdm=True,
                report_to="none",
            ),
            data_collator=DataCollatorForLanguageModeling(tokenizer, mlm_probability=HIDDEN),
            train_dataset=tokens.select_columns(["input_ids"]),
            callbacks=[RowProgress(len(tokens))],
        )
        trainer.remove_callback(PrinterCallback)
        try:
            loss = trainer.train().training_loss
        finally:
            trainer.pop_callback(RowProgress).close()
    if not math.isfinite(loss):
        raise UserError(
            "pretrain: the loss became NaN or infinite, and nothing was written; try a smaller train.learning_rate "
            f"than {params.learning_rate:g} in params.yaml"
        )
    with atomic_write(target) as folder:
        language_model.base_model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return target, loss
