"""The rows that training sees: rare labels' repeated, labels of equal texts merged."""

import numpy as np
import pandas as pd
from datasets import Dataset, concatenate_datasets

from emotions.training.params import OversamplingParams


def repeat_factors(targets: np.ndarray, share: float) -> np.ndarray:
    """Return how often each row is to be seen, (rows,) of 1 or more, from targets (rows, labels) of 0 and 1.

    A label carried by fewer than `share` of the rows asks for sqrt(share / its own share); a row takes the highest
    of its labels (repeat-factor sampling, Gupta et al. 2019, section 4.1).
    """
    frequency = targets.mean(axis=0)
    by_label = np.sqrt(np.maximum(share / np.maximum(frequency, 1 / len(targets)), 1))
    return np.maximum((targets * by_label).max(axis=1), 1)


def without_tokens(token_ids: list[int], share: float, random: np.random.Generator) -> list[int]:
    """Return a text's tokens with each lost at a chance of `share`; the first and the last, its marks, stay."""
    kept = random.random(len(token_ids)) >= share
    kept[[0, -1]] = True
    return [token for token, keep in zip(token_ids, kept, strict=True) if keep]


def oversample(tokens: Dataset, params: OversamplingParams, seed: int) -> Dataset:
    """Return the rows with copies of rare ones after them; `tokens` has input_ids, labels (multi-hot) and length.

    A factor's fraction is the chance of one more copy. Each copy loses tokens at random, so that it is another text.
    """
    if not params.share:
        return tokens
    random = np.random.default_rng(seed)
    factors = repeat_factors(tokens.with_format("numpy")["labels"][:], params.share)
    copies = np.repeat(np.arange(len(tokens)), (factors + random.random(len(factors))).astype(int) - 1)

    repeated = tokens.select(copies)
    token_ids = [without_tokens(ids, params.token_dropout, random) for ids in repeated["input_ids"]]
    changed = {"input_ids": token_ids, "length": [len(ids) for ids in token_ids]}
    return concatenate_datasets([tokens, Dataset.from_dict(repeated.to_dict() | changed, features=tokens.features)])


def merge_labels(tokens: Dataset) -> Dataset:
    """Return the rows with each one's labels the mean over all rows of the very same tokens.

    "Thanks" said sixty times with five sets of labels then asks sixty times for the same thing: each label's share.
    """
    own = tokens.with_format("numpy")["labels"][:]
    texts = pd.Series([tuple(ids) for ids in tokens["input_ids"]]).factorize()[0]  # (rows,) a number a text
    total = np.zeros((texts.max() + 1, own.shape[1]))
    np.add.at(total, texts, own)
    merged = (total / np.bincount(texts)[:, None])[texts].astype(np.float32)
    return tokens.remove_columns("labels").add_column("labels", list(merged), feature=tokens.features["labels"])
