"""Tokenizers and trained classifiers, read back from the folders that stages wrote."""

from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging

from emotions.errors import UserError, apart, reading
from emotions.manifest import WEIGHTS, verify
from emotions.model import pooling  # noqa: F401  models with mean pooling are known from here on

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
FILES = ("config.json", WEIGHTS, *TOKENIZER_FILES)
MEND = "dvc repro train, or dvc pull"


def load_tokenizer(folder: Path, mend: str) -> PreTrainedTokenizerBase:
    """Return the tokenizer of a folder; raises UserError, ending in how to mend it, where it is not there or cut."""
    for name in TOKENIZER_FILES:  # without one of them transformers makes up another
        if not (folder / name).is_file():
            raise UserError(f"{folder / name}: expected a tokenizer's file; found none: {mend}")
    with reading(str(folder), "a tokenizer", mend):
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False)


def load_classifier(folder: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Return a trained classifier, on the GPU where there is one, and its tokenizer, from the train stage's folder.

    Raises UserError where a file is missing or not as training wrote it, where the weights are not all that the
    classifier has, and where one of them is not finite.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: expected a trained model; found none: {MEND}")
    verify(folder, FILES, MEND)
    logging.disable_progress_bar()  # weights load in a moment; rows have a bar of their own
    with reading(str(folder), "a trained model", MEND):
        classifier, found = AutoModelForSequenceClassification.from_pretrained(
            folder, use_safetensors=True, trust_remote_code=False, output_loading_info=True
        )
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if found[kind]:
            name = min(str(key) for key in found[kind])
            raise UserError(f"{folder}: expected all weights of {type(classifier).__name__}; {kind}: {name}: {MEND}")
    for name, weight in classifier.named_parameters():
        if not weight.isfinite().all():
            raise UserError(f"{folder}: expected finite weights; found others in {name}; train again: dvc repro train")
    return classifier.to("cuda" if torch.cuda.is_available() else "cpu"), load_tokenizer(folder, MEND)


def refuse_other_data(
    classifier: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    labels: list[str],
    of_tokens: PreTrainedTokenizerBase,
) -> None:
    """Raise UserError where the workspace's labels or tokens are not those that a trained classifier knows."""
    known = list(classifier.config.id2label.values())
    if known != labels:
        expected, found = apart(known, labels)
        raise UserError(f"data/prepared/labels.json: expected the model's labels, {expected}; found {found}: dvc repro")
    if tokenizer.get_vocab() != of_tokens.get_vocab():
        raise UserError("data/tokens: expected tokens of the model's own tokenizer; found another's: dvc repro")
