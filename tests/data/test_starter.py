"""What data/raw/starter/README.md promises of the corpus."""

import re
from collections import defaultdict

import pytest

from emotions.data.corpus import read_source
from emotions.data.fingerprints import normalise


@pytest.fixture(scope="module")
def corpus(root):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        return read_source("starter")


@pytest.fixture(scope="module")
def rows(corpus):
    return [row for rows in corpus[1].values() for row in rows]


def test_it_has_goemotions_labels_in_goemotions_order(corpus, root):
    assert corpus[0] == (root / "data/labels/goemotions.txt").read_text().splitlines()
    assert len(corpus[0]) == 28


def test_no_id_stands_twice(rows):
    assert len({row.id for row in rows}) == len(rows)


def test_it_is_large_enough_to_learn_from(rows):
    assert len(rows) >= 1600


def test_no_two_rows_have_the_same_normalised_text(rows):
    assert len({normalise(row.text) for row in rows}) == len(rows)


def test_no_run_of_five_words_stands_in_more_than_three_rows(rows):
    found = defaultdict(set)
    for row in rows:
        words = re.findall(r"[\w\[\]]+", row.text.lower().replace("'", "").replace("’", ""))
        for start in range(len(words) - 4):
            found[tuple(words[start : start + 5])].add(row.id)
    assert not {run for run, ids in found.items() if len(ids) > 3}


def test_every_label_has_five_rows_in_dev_and_in_test(corpus):
    names, splits = corpus
    for split in ("validation", "test"):
        support = [sum(label in row.labels for row in splits[split]) for label in range(len(names))]
        assert min(support) >= 5, split


def test_imbalance_and_label_counts_are_natural(corpus, rows):
    neutral = corpus[0].index("neutral")
    assert 0.20 <= sum(neutral in row.labels for row in rows) / len(rows) <= 0.30
    assert 0.15 <= sum(len(row.labels) > 1 for row in rows) / len(rows) <= 0.20


def test_the_register_is_reddits(rows):
    texts = [row.text for row in rows]
    assert sum("[NAME]" in text for text in texts) > 100
    assert sum(any(ord(letter) > 0x2500 for letter in text) for text in texts) > 50, "emoji"
    assert sum("?" in text for text in texts) > 100
    assert sum(text[0].islower() for text in texts) > 500
