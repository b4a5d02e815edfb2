import pytest

from emotions.label_names import refusal


@pytest.mark.parametrize(
    "name",
    [
        "joy",
        "so happy",
        "None",
        "joy,anger",
        "радость",
        "喜び",
        "می\u200cخواهم",  # a Persian word of two parts
        "നന്\u200d",  # a Malayalam word that ends in a joiner
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # a family, of three emoji
        "\u2764\ufe0f",
    ],
)
def test_a_name_is_of_any_script_and_of_emoji(name):
    assert refusal(name) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (" joy", "expected a label name without spaces around it; found ' joy': write 'joy'"),
        ("joy\u3000", "expected a label name of characters that show; found 'joy\\u3000': write 'joy'"),
        ("joy\xa0us", "expected a label name of characters that show; found 'joy\\xa0us': write 'joy us'"),
        ("two\nlines", "expected a label name of characters that show; found 'two\\nlines': write 'two lines'"),
        ("an\u200bger", "expected a label name of characters that show; found 'an\\u200bger': write 'anger'"),
        ("\u200d", "expected a label name without spaces around it; found '\\u200d'"),
        ("\u200d joy", "expected a label name without spaces around it; found '\\u200d joy': write 'joy'"),
        ("", "expected a label name without spaces around it; found ''"),
        ("\x1b", "expected a label name of characters that show; found '\\x1b'"),
        ("\ud800", "expected a label name of characters that show; found '\\ud800'"),
        (3, "expected a label name; found 3"),
    ],
)
def test_what_is_no_name_is_refused_with_what_to_write(name, said):
    assert refusal(name) == said
