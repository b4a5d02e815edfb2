"""A record's probabilities as a file: log-odds of 16 bits, and exactly those that these would decide otherwise."""

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.special import expit, logit

from emotions.errors import UserError
from emotions.experiments.sources import SPLITS


def pack(probability: dict[str, np.ndarray], decisions: Callable[[np.ndarray], np.ndarray]) -> dict[str, np.ndarray]:
    """Return each split's probabilities, (rows, labels) float32 in truth, as arrays of half the bytes.

    `decisions` are those that must not be lost: (policies, rows, labels) from probabilities of float64. Per split
    there are `<split>_log_odds`, (rows, labels) float16, and where a decision would be another by them `<split>_at`,
    places in row-major order, with the probabilities there, `<split>_exact` float32.
    """
    arrays = {}
    for split, values in probability.items():
        exact = values.astype(np.float32)
        log_odds = logit(exact.astype(np.float64)).astype(np.float16)
        lost = decisions(expit(log_odds.astype(np.float64))) != decisions(exact.astype(np.float64))
        at = np.flatnonzero(lost.any(axis=0))
        arrays |= {f"{split}_log_odds": log_odds, f"{split}_at": at.astype(np.int32), f"{split}_exact": exact.flat[at]}
    return arrays


def unpack(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return each split's probabilities, (rows, labels) float64, from what `pack` returned.

    Records made before had the probabilities themselves, a float32 array `<split>`.
    """
    probability = {}
    for split in SPLITS:
        if split in arrays:
            probability[split] = arrays[split].astype(np.float64)
            continue
        values = expit(arrays[f"{split}_log_odds"].astype(np.float64))
        values.flat[arrays[f"{split}_at"]] = arrays[f"{split}_exact"]
        probability[split] = values
    return probability


def read_probabilities(path: Path, rows: dict[str, int], labels: int) -> dict[str, np.ndarray]:
    """Return a record's probabilities, (rows, labels) float64 for validation and for test.

    Raises UserError where the file is missing, damaged, of other numbers of `rows` and `labels`, or holds what is no
    probability.
    """
    if not path.is_file():
        raise UserError(f"{path}: expected the probabilities of a recorded run; found no such file")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            probability = unpack({name: arrays[name] for name in arrays})
    except (ValueError, EOFError, KeyError, IndexError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise UserError(f"{path}: expected the probabilities of a recorded run; the file is damaged: {error}") from None
    for split, values in probability.items():
        if values.shape != (rows[split], labels):
            raise UserError(
                f"{path}: expected {rows[split]:,} rows of {labels} probabilities for {split}; found {values.shape}"
            )
        if not ((values >= 0) & (values <= 1)).all():
            raise UserError(f"{path}: expected probabilities from 0 to 1 for {split}; found others")
    return probability
