"""The model that is in Git: `python -m emotions export` of a GoEmotions run, kept once."""

import pytest

from emotions import EmotionModel
from tests.tiny import ROOT

RELEASED = ROOT / "models/goemotions-minilm-l6"


@pytest.fixture(scope="module")
def released():
    return EmotionModel.load(RELEASED)  # which checks every file's sha256


def test_it_reads_the_28_emotions_of_goemotions(released):
    assert released.labels == (ROOT / "data/labels/goemotions.txt").read_text().split()
    assert set(released.groups) == {"ekman", "sentiment"}


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("Thank you so much for your help!", "gratitude"),
        ("I'm so sorry for your loss", "sadness"),
        ("Why would anyone do that?", "curiosity"),
        ("The bus leaves at nine.", "neutral"),
    ],
)
def test_it_finds_the_emotion_that_a_plain_text_names(released, text, emotion):
    assert emotion in released.predict([text])[0]


def test_a_text_has_its_probabilities_whatever_stands_beside_it(released):
    texts = [line.split("\t")[0] for line in (ROOT / "data/raw/starter/test.tsv").read_text().splitlines()]
    together = released.predict_proba(texts)
    for number in (0, 100, 345):
        assert together[number] == pytest.approx(released.predict_proba([texts[number]])[0], abs=1e-6)


def test_nothing_in_it_says_where_it_was_made():
    for file in RELEASED.iterdir():
        content = file.read_bytes()
        assert b"site-packages" not in content, file.name
        assert b".venv" not in content, file.name
