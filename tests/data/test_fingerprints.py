from array import array

import numpy as np

from emotions.data.fingerprints import ordered, repetitions, within


def test_fingerprints_are_found_among_sorted_ones():
    among = np.array([2, 5, 9], dtype=np.uint64)
    assert within(np.array([5, 1, 9, 10], dtype=np.uint64), among).tolist() == [True, False, True, False]
    assert within(among, np.array([], dtype=np.uint64)).tolist() == [False] * 3


def test_a_fingerprint_that_stands_twice_is_repeated():
    values = ordered(array("Q", [3, 1, 3]), array("Q", [2, 3]))
    assert values.tolist() == [1, 2, 3, 3, 3]
    assert repetitions(values).tolist() == [3, 3]
