import numpy as np
import pytest

from emotions.training.sampler import RandomOrderSampler, SimilarLengthSampler


def sampler(lengths, batch_size):
    return SimilarLengthSampler(lengths, batch_size, seed=0)


def test_each_pass_has_every_row_once_in_another_order():
    rows = sampler(list(range(10)) * 10, batch_size=8)
    first, second = list(rows), list(rows)
    assert sorted(first) == sorted(second) == list(range(100))
    assert first != second


def test_a_batch_holds_rows_of_similar_length():
    lengths = np.array([5, 9] * 16)
    order = np.array(list(sampler(lengths, batch_size=8)))
    assert all(len(set(lengths[batch])) == 1 for batch in order.reshape(-1, 8))


def test_batches_are_shuffled_and_the_incomplete_one_is_last():
    lengths = list(range(50))
    order = list(sampler(lengths, batch_size=8))
    assert set(order[48:]) == {48, 49}, "the longest two are left over"
    first_of_batches = order[:48:8]
    assert first_of_batches != sorted(first_of_batches)


def test_the_same_seed_gives_the_same_order():
    assert list(sampler([3] * 20, 4)) == list(sampler([3] * 20, 4))


@pytest.mark.parametrize("build", [lambda: sampler([3, 4] * 10, 4), lambda: RandomOrderSampler(20, seed=0)])
def test_a_pass_that_is_asked_for_is_the_one_that_would_have_come(build):
    passes = build()
    expected = [list(passes) for _ in range(4)]
    later = build()
    later.set_epoch(2)
    assert [list(later), list(later)] == expected[2:]
    assert all(sorted(order) == list(range(20)) for order in expected)
    assert expected[0] != expected[1]
