"""A record's probabilities as a file: log-odds of 16 bits, and exactly those that these would decide otherwise."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.special import expit, logit

from emotions.errors import UserError, reading
from emotions.experiments.sources import SPLITS

STEP = 2.0**-40  # between probabilities of one code, far below the distance of two codes


def pack(probability: dict[str, np.ndarray], decisions: Callable[[np.ndarray], np.ndarray]) -> dict[str, np.ndarray]:
    """Return each split's probabilities, (rows, labels) float32 in truth, as arrays of half the bytes.

    Per split: `<split>_high` and `<split>_low`, the two bytes, which pack better apart, of the log-odds in float16,
    (labels, rows), here called codes; `<split>_place`, the place of a probability among
    the different ones of its label that share its code, so that rows keep their ranks and their ties; and the
    probabilities themselves, `<split>_exact` float32 at `<split>_at` in row-major order, of the codes by which a
    decision would be another. `decisions` are those that must not be lost: (policies, labels, rows) from
    probabilities of float64, (labels, rows).
    """
    arrays = {}
    for split, values in probability.items():
        exact = values.T.astype(np.float32)  # label by label, for what is alike packs well
        codes = logit(exact.astype(np.float64)).astype(np.float16)
        place = np.stack([places(*of_label) for of_label in zip(exact, codes, strict=True)])
        lost = (decisions(decoded(codes, place)) != decisions(exact.astype(np.float64))).any(axis=0)
        for label in np.flatnonzero(lost.any(axis=1)):
            lost[label] = np.isin(codes[label], codes[label, lost[label]])
        at = np.flatnonzero(lost)
        arrays |= {
            f"{split}_high": (codes.view(np.uint16) >> 8).astype(np.uint8),
            f"{split}_low": (codes.view(np.uint16) & 255).astype(np.uint8),
            f"{split}_place": place.astype(np.min_scalar_type(place.max())),
            f"{split}_at": at.astype(np.int32),
            f"{split}_exact": exact.flat[at],
        }
    return arrays


def places(exact: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return each row's place, from 0, among the different values of one label that share a code; all (rows,)."""
    different, first, row = np.unique(exact, return_index=True, return_inverse=True)
    ranked = codes[first]
    starts = np.searchsorted(ranked, ranked, side="left")
    return (np.arange(len(different)) - starts)[row]


def decoded(codes: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return probabilities, (labels, rows) float64, from what `pack` calls codes and places."""
    return np.minimum(expit(codes.astype(np.float64)) * (1 + STEP * place), 1)


def unpack(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return each split's probabilities, (rows, labels) float64, from what `pack` returned.

    Records made before had the probabilities themselves, a float32 array `<split>`.
    """
    probability = {}
    for split in SPLITS:
        if split in arrays:
            probability[split] = arrays[split].astype(np.float64)
            continue
        codes = (arrays[f"{split}_high"].astype(np.uint16) << 8) | arrays[f"{split}_low"]
        # row-major, whatever the order of the file, or reshape is a copy and what is set there is lost
        values = np.ascontiguousarray(decoded(codes.view(np.float16), arrays[f"{split}_place"]))
        values.reshape(-1)[arrays[f"{split}_at"]] = arrays[f"{split}_exact"]
        probability[split] = np.ascontiguousarray(values.T)
    return probability


def write_probabilities(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays as an npz that np.load reads, packed by LZMA: a tenth smaller than np.savez_compressed makes it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # of a fixed date, so that equal arrays are equal bytes
            entry.compress_type = zipfile.ZIP_LZMA
            with archive.open(entry, "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)


def read_probabilities(path: Path, rows: dict[str, int], labels: int) -> dict[str, np.ndarray]:
    """Return a record's probabilities, (rows, labels) float64 for validation and for test.

    Raises UserError where the file is missing, damaged, of other numbers of `rows` and `labels`, or holds what is no
    probability.
    """
    with (
        reading(str(path), "the probabilities of a recorded run", f"git checkout {path}"),
        np.load(path, allow_pickle=False) as arrays,
    ):
        probability = unpack({name: arrays[name] for name in arrays})
    for split, values in probability.items():
        if values.shape != (rows[split], labels):
            raise UserError(
                f"{path}: expected {rows[split]:,} rows of {labels} probabilities for {split}; found {values.shape}"
            )
        if not ((values >= 0) & (values <= 1)).all():
            raise UserError(f"{path}: expected probabilities from 0 to 1 for {split}; found others")
    return probability
