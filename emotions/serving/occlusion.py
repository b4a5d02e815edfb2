"""Which words of a text matter: how a probability falls when one of them is left out (occlusion)."""

import re
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Word:
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """Return where the words stand: what lies between spaces."""
    return [Word(found.start(), found.end()) for found in re.finditer(r"\S+", text)]


def occluded(text: str, words: list[Word]) -> list[str]:
    """Return the text without each of the words in turn; a text of one word becomes a full stop, for none is empty."""
    return [(text[: word.start] + text[word.end :]).strip() or "." for word in words]


def effects(probability: np.ndarray) -> np.ndarray:
    """Return how much each word adds to each label, (words, labels), from (1 + words, labels): the whole text first.

    An effect is the probability of the whole text less that of the text without the word (Zeiler & Fergus 2014,
    section 3, for images): above 0 the word speaks for the label, below 0 against it.
    """
    return probability[0] - probability[1:]
