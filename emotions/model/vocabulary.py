"""Tokens that a checkpoint's tokenizer lacks and comments need: GoEmotions' masks, and emojis."""

import unicodedata
from collections.abc import Iterable

PLACEHOLDERS = ("[NAME]", "[RELIGION]")  # a word each, not five pieces of brackets and letters
EMOJI_BLOCKS = (  # of Unicode 14: symbols, dingbats, pictographs, emoticons, transport, and their later supplements
    range(0x2600, 0x27C0),
    range(0x1F300, 0x1F650),
    range(0x1F680, 0x1F700),
    range(0x1F900, 0x1FB00),
)


def emojis_of(texts: Iterable[str]) -> set[str]:
    """Return the characters of texts that stand in EMOJI_BLOCKS and have a name."""
    characters = set().union(*texts)
    return {
        character
        for character in characters
        if any(ord(character) in block for block in EMOJI_BLOCKS) and unicodedata.name(character, "")
    }


def meaning(token: str) -> str:
    """Return in words what an added token says: "name" for [NAME], "loudly crying face" for its emoji.

    A character without a name, as a tab is, says itself; `[]` says nothing, an empty text.
    """
    return unicodedata.name(token, token).lower() if len(token) == 1 else token.strip("[]").lower()
