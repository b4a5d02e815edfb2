import numpy as np

from emotions.training.folds import folds_of


def test_equal_texts_share_a_fold_however_they_are_written():
    first, second, other = folds_of(["Thank you!", "thank YOU", "no"], 10**9)
    assert first == second != other


def test_a_texts_fold_does_not_depend_on_the_other_rows():
    texts = [f"comment {number}" for number in range(50)]
    assert folds_of(texts[10:20], 5).tolist() == folds_of(texts, 5)[10:20].tolist()


def test_folds_are_of_about_one_size():
    counts = np.bincount(folds_of([f"comment {number}" for number in range(10_000)], 5), minlength=5)
    assert len(counts) == 5
    assert (abs(counts - 2000) < 160).all(), "four standard deviations of a fair draw"
