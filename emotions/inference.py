"""Probabilities from a trained classifier, batch by batch."""

import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from emotions.progress import row_bar


def probabilities(
    classifier: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    token_ids: list[list[int]],
    batch_size: int,
    progress: str | None = None,
) -> np.ndarray:
    """Return (rows, labels) float32 sigmoids, in the order of the rows, computed in float32.

    Rows of similar length share a batch, so little is padding. `progress` is the bar's title; None shows none.
    """
    classifier.eval()
    order = sorted(range(len(token_ids)), key=lambda row: len(token_ids[row]))
    result = np.empty((len(token_ids), classifier.config.num_labels), dtype=np.float32)
    with torch.inference_mode(), row_bar(len(order), progress) as bar:
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            batch = tokenizer.pad({"input_ids": [token_ids[row] for row in rows]}, return_tensors="pt")
            logits = classifier(**batch.to(classifier.device)).logits
            result[rows] = torch.sigmoid(logits.float()).cpu().numpy()
            bar.update(len(rows))
    return result
