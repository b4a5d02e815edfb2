"""Scores that are not defined on some rows: null where they are written, with the reason and a count."""

import math

import numpy as np


def without_nan(content: object) -> object:
    """Return dicts and lists with None, JSON's null, for every NaN."""
    if isinstance(content, dict):
        return {key: without_nan(value) for key, value in content.items()}
    if isinstance(content, list):
        return [without_nan(value) for value in content]
    return None if isinstance(content, float) and math.isnan(content) else content


def undefined(truth: dict[str, np.ndarray], frequent_rows: int) -> dict[str, str]:
    """Return by score what is left out of it, or why there is none, as `<split>.<score>`; empty where all is defined.

    `truth` is (rows, labels) of 0 and 1 by split; frequent labels are those of `frequent_rows` test rows.
    """
    reasons = {}
    for split, rows in truth.items():
        carried, on_all = rows.any(axis=0), rows.all(axis=0)
        if absent := int((~carried).sum()):
            reasons[f"{split}.macro_f1"] = f"leaves out {absent} of {len(carried)} labels, which no {split} row carries"
        if unranked := int((~carried | on_all).sum()):
            reasons[f"{split}.mean_average_precision"] = (
                f"leaves out {unranked} of {len(carried)} labels, which no {split} row or every one carries"
            )
    if not (truth["test"].sum(axis=0) >= frequent_rows).any():
        for split in truth:
            reasons[f"{split}.macro_f1_frequent"] = f"no label has {frequent_rows} test rows"
    return reasons
