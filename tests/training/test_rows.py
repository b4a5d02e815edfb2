import numpy as np
import pytest
from datasets import Dataset

from emotions.training.params import OversamplingParams
from emotions.training.rows import merge_labels, oversample, repeat_factors, without_tokens

TARGETS = np.array([[1, 0]] * 99 + [[1, 1]])


def rows(targets):
    return Dataset.from_dict(
        {
            "id": [f"c{row}" for row in range(len(targets))],
            "input_ids": [[101, row + 1000, row + 2000, 102] for row in range(len(targets))],
            "labels": targets.astype(float).tolist(),
            "length": [4] * len(targets),
        }
    )


def test_a_row_is_repeated_for_its_rarest_label():
    # 1 % carry the second label, 16 % are wanted: sqrt(16) = 4 times
    assert repeat_factors(TARGETS, 0.16).tolist() == [1.0] * 99 + [4.0]


def test_copies_stand_after_the_rows_and_share_their_ids_and_labels():
    tokens = rows(TARGETS)
    more = oversample(tokens, OversamplingParams(share=0.16, token_dropout=0.0), seed=1)
    assert len(more) == 103
    assert more[:100] == tokens[:]
    assert all(more[row] == tokens[99] for row in (100, 101, 102))


def test_copies_lose_tokens_but_never_their_marks():
    more = oversample(rows(TARGETS), OversamplingParams(share=0.16, token_dropout=0.9), seed=1)
    copies = more.select(range(100, 103))
    assert all(ids[0] == 101 and ids[-1] == 102 for ids in copies["input_ids"])
    assert min(copies["length"]) < 4
    assert list(copies["length"]) == [len(ids) for ids in copies["input_ids"]]


def test_a_fraction_is_a_chance_of_one_more_copy():
    targets = np.array([[1, 0]] * 9_900 + [[1, 1]] * 100)
    # sqrt(2.25) = 1.5 times
    more = oversample(rows(targets), OversamplingParams(share=0.0225, token_dropout=0.0), seed=1)
    assert len(more) - 10_000 == pytest.approx(50, abs=20)


def test_nothing_is_repeated_at_share_0():
    tokens = rows(TARGETS)
    assert oversample(tokens, OversamplingParams(share=0.0, token_dropout=0.1), seed=1) is tokens


def test_the_seed_decides_what_is_lost():
    lost = [without_tokens(list(range(50)), 0.5, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert lost[0] == lost[1] != lost[2]


def test_the_same_tokens_get_the_mean_of_their_labels():
    tokens = Dataset.from_dict(
        {
            "input_ids": [[1, 7, 2], [1, 8, 2], [1, 7, 2], [1, 7]],
            "labels": [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]],
        }
    )
    merged = merge_labels(tokens)
    assert np.array(merged["labels"]).tolist() == [[0.5, 0.5], [1, 0], [0.5, 0.5], [0, 1]]
    assert merged["input_ids"] == tokens["input_ids"]
