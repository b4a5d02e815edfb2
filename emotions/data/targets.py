"""Label ids as targets: one column a label, 1 where a row carries it."""

import numpy as np


def multi_hot(ids: list[list[int]], count: int) -> np.ndarray:
    """Return (rows, count) uint8 of 0 and 1 from each row's label ids."""
    targets = np.zeros((len(ids), count), dtype=np.uint8)
    for row, labels in enumerate(ids):
        targets[row, list(labels)] = 1
    return targets
