from emotions.model.vocabulary import emojis_of, meaning


def test_emojis_are_found_and_nothing_else():
    texts = ["so happy 😂😂", "thanks ❤️!", "[NAME] → 100 %, naïve 日本 :)"]
    assert emojis_of(texts) == {"😂", "❤"}
    assert emojis_of([]) == set()


def test_added_tokens_mean_words():
    assert meaning("[RELIGION]") == "religion"
    assert meaning("😭") == "loudly crying face"
