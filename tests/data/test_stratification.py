import numpy as np
import pytest

from emotions.data.stratification import iterative_split

SHARES = [0.8, 0.1, 0.1]


def split(rows: list[list[int]], texts: list[int] | None = None, seed: int = 0) -> np.ndarray:
    labels = np.array([label for row in rows for label in row], dtype=np.uint32)
    counts = np.array([len(row) for row in rows], dtype=np.uint16)
    fingerprints = np.array(texts or range(len(rows)), dtype=np.uint64)
    return iterative_split(labels, counts, fingerprints, 4, SHARES, seed)


def test_each_label_is_as_frequent_in_every_split():
    rows = [[0]] * 100 + [[1]] * 50 + [[2]] * 10
    found = split(rows)
    for label, expected in ((0, [80, 10, 10]), (1, [40, 5, 5]), (2, [8, 1, 1])):
        of_label = [place for place, row in zip(found, rows, strict=True) if row == [label]]
        assert np.bincount(of_label).tolist() == expected


def test_rows_of_several_labels_keep_the_rarest_ones_share():
    random = np.random.default_rng(0)
    rows = [sorted({0, int(random.integers(1, 4))} if random.random() < 0.5 else {0}) for _ in range(1000)]
    found = split(rows)
    for label in range(4):
        of_label = np.array([label in row for row in rows])
        shares = np.bincount(found[of_label], minlength=3) / of_label.sum()
        assert shares == pytest.approx(SHARES, abs=0.01), label


def test_a_label_of_one_row_is_trained_on():
    rows = [[0]] * 20 + [[1]]
    assert all(split(rows, seed=seed)[-1] == 0 for seed in range(20))


def test_rows_of_one_text_stay_together():
    random = np.random.default_rng(0)
    texts = random.integers(0, 300, 1000).tolist()
    rows = [[int(label)] for label in random.integers(0, 4, 1000)]
    found = split(rows, texts)
    assert all(len(set(found[np.array(texts) == text])) == 1 for text in set(texts))
    assert np.bincount(found) / 1000 == pytest.approx(SHARES, abs=0.03)


def test_rows_without_a_label_are_split_too():
    assert np.bincount(split([[]] * 100)).tolist() == [80, 10, 10]


def test_the_seed_decides():
    rows = [[0]] * 50 + [[1, 2]] * 50
    assert split(rows, seed=1).tolist() == split(rows, seed=1).tolist()
    assert split(rows, seed=1).tolist() != split(rows, seed=2).tolist()
