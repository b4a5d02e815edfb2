import numpy as np

from emotions.serving.occlusion import effects, occluded, words_of


def test_words_are_what_lies_between_spaces():
    text = " so  happy,\n😊!"
    assert [text[word.start : word.end] for word in words_of(text)] == ["so", "happy,", "😊!"]


def test_each_text_lacks_one_word():
    text = "not so happy"
    assert occluded(text, words_of(text)) == ["so happy", "not  happy", "not so"]


def test_a_text_of_one_word_does_not_become_empty():
    assert occluded("thanks", words_of("thanks")) == ["."]


def test_an_effect_is_how_far_the_probability_falls():
    probability = np.array(
        [[0.9, 0.2], [0.1, 0.3], [0.9, 0.1]]
    )  # the whole text, without its first, without its second
    np.testing.assert_allclose(effects(probability), [[0.8, -0.1], [0.0, 0.1]])
