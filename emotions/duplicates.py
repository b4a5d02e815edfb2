"""Training comments that stand several times with other labels."""

import numpy as np
import pandas as pd
from datasets import Dataset


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
