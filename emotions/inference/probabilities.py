"""Probabilities from a trained classifier, batch by batch."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from emotions.model.saved import load_classifier
from emotions.progress import row_bar


def probabilities(
    classifier: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    token_ids: list[list[int]],
    batch_size: int,
    progress: str | None = None,
) -> np.ndarray:
    """Return (rows, labels) float32 probabilities, in the order of the rows, computed in float32.

    Rows of similar length share a batch, so little is padding. `progress` is the bar's title; None shows none.
    """
    classifier.eval()
    activate = activation(classifier.config)
    order = sorted(range(len(token_ids)), key=lambda row: len(token_ids[row]))
    result = np.empty((len(token_ids), classifier.config.num_labels), dtype=np.float32)
    with torch.inference_mode(), row_bar(len(order), progress) as bar:
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            batch = tokenizer.pad({"input_ids": [token_ids[row] for row in rows]}, return_tensors="pt")
            logits = classifier(**batch.to(classifier.device)).logits
            result[rows] = activate(logits.float()).cpu().numpy()
            bar.update(len(rows))
    return result


def torch_compute(folder: Path, threads: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Return a function of token ids and their mask, (rows, tokens), to (rows, labels) float32 probabilities.

    On `threads` threads of the CPU, 0 for one a core, or on the GPU where there is one.
    """
    if threads:
        torch.set_num_threads(threads)
    classifier, _ = load_classifier(folder)
    classifier.eval()

    def compute(input_ids: np.ndarray, attention_mask: np.ndarray) -> np.ndarray:
        ids, mask = (torch.from_numpy(array).to(classifier.device) for array in (input_ids, attention_mask))
        with torch.inference_mode():
            logits = classifier(input_ids=ids, attention_mask=mask).logits
        return activation(classifier.config)(logits.float()).cpu().numpy()

    return compute


def activation(config: PreTrainedConfig) -> Callable[[Tensor], Tensor]:
    """Return what makes probabilities of a model's outputs, (rows, labels): the softmax of a row, or sigmoids."""
    if config.problem_type == "single_label_classification":
        return partial(torch.softmax, dim=1)
    return torch.sigmoid


def mean_hidden_states(
    encoder: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    texts: list[str],
    max_length: int,
    batch_size: int,
    progress: str | None = None,
) -> np.ndarray:
    """Return (texts, hidden) float32, the mean of the encoder's last hidden states over each text's tokens.

    Texts are cut at `max_length` tokens; those of similar length share a batch. `progress` is the bar's title.
    """
    order = np.argsort([len(text) for text in texts])
    features = np.empty((len(texts), encoder.config.hidden_size), dtype=np.float32)
    with torch.inference_mode(), row_bar(len(texts), progress) as bar:
        for batch in np.array_split(order, len(texts) // batch_size + 1):
            tokens = tokenizer(
                [texts[row] for row in batch], padding=True, truncation=True, max_length=max_length, return_tensors="pt"
            )
            mask = tokens["attention_mask"].unsqueeze(-1)
            hidden = encoder(**tokens).last_hidden_state * mask
            features[batch] = (hidden.sum(dim=1) / mask.sum(dim=1)).numpy()
            bar.update(len(batch))
    return features
