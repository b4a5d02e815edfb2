"""Rows dealt out to splits so that each label, the rarest first, is as frequent in all of them."""

from array import array

import numpy as np


def iterative_split(
    labels: np.ndarray, counts: np.ndarray, texts: np.ndarray, label_count: int, shares: list[float], seed: int
) -> np.ndarray:
    """Return each row's split, (rows,) uint8, its place in `shares`, which sum to 1.

    `labels` are the rows' label ids, one row's after another's, `counts` (rows,) how many each row has, `texts` (rows,)
    fingerprints: rows of one text come to one split. Iterative stratification of Sechidis et al. 2011, On the
    Stratification of Multi-Label Data: of the label with the fewest rows left, each row goes to the split that lacks
    most rows of that label, of those that lack as many to the one that lacks most rows; rows without a label come last.
    """
    rows = len(counts)
    random = np.random.default_rng(seed)
    starts = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    rows_of, of = _rows_by_label(labels, counts, label_count)
    left = np.diff(of).tolist()  # of each label, rows without a split
    lacking = [[share * support for share in shares] for support in left]  # rows of each label, by split
    room = [share * rows for share in shares]  # rows of any kind, by split

    splits = np.full(rows, len(shares), dtype=np.uint8)  # this value: none yet
    label_at, start_of, next_of, split_of = (memoryview(x) for x in (labels, starts, _rings(texts), splits))
    none = len(shares)
    places = range(none)

    def put(row: int, split: int) -> None:
        member = row
        while split_of[member] == none:  # once around the ring of its text
            split_of[member] = split
            room[split] -= 1
            for place in range(start_of[member], start_of[member + 1]):
                label = label_at[place]
                left[label] -= 1
                lacking[label][split] -= 1
            member = next_of[member]

    waiting = set(range(label_count))
    while waiting:
        label = min(waiting, key=lambda one: (left[one], one))
        waiting.remove(label)
        wanted = lacking[label]
        for row in array("q", random.permutation(rows_of[of[label] : of[label + 1]]).astype(np.int64).tobytes()):
            if split_of[row] == none:
                put(row, max(places, key=lambda split: (wanted[split], room[split])))
    for row in array("q", random.permutation(np.flatnonzero(splits == none)).astype(np.int64).tobytes()):
        if split_of[row] == none:
            put(row, max(places, key=room.__getitem__))
    return splits


def _rows_by_label(labels: np.ndarray, counts: np.ndarray, label_count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of each label, one label's after another's, and where each label's begin and end."""
    order = np.argsort(labels, kind="stable")
    rows = np.repeat(np.arange(len(counts), dtype=np.int32), counts)[order]
    return rows, np.concatenate([[0], np.cumsum(np.bincount(labels, minlength=label_count))])


def _rings(texts: np.ndarray) -> np.ndarray:
    """Return for each row the next one of the same text, for the last of them the first: int32, (rows,)."""
    order = np.argsort(texts, kind="stable").astype(np.int32)
    ordered = texts[order]
    first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    firsts = order[first]
    sizes = np.diff(np.append(np.flatnonzero(first), len(texts)))
    following = np.roll(order, -1)
    following[np.cumsum(sizes) - 1] = firsts
    ring = np.empty(len(texts), dtype=np.int32)
    ring[order] = following
    return ring
