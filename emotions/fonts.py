"""Names of any script in pictures: a font that has their characters where one is installed, else an escaped name."""

from collections.abc import Iterable

import matplotlib
from matplotlib.font_manager import fontManager, get_font

BOXES = "Last Resort"  # a font that matplotlib brings along: for any character it draws the box of its script


def use_fonts_for(names: Iterable[str]) -> set[str]:
    """Let matplotlib fall back on installed fonts for the characters of names; return those that no font has.

    Fonts are asked in the order of their names, so that a machine draws the same picture each time. What `$` encloses
    is no formula then.
    """
    matplotlib.rcParams["text.parse_math"] = False
    own = matplotlib.rcParamsDefault["font.sans-serif"][0]
    missing = {character for name in names for character in name if character.isprintable()}
    families = []
    fonts = sorted(fontManager.ttflist, key=lambda entry: (entry.name != own, entry.name, entry.fname))
    for entry in fonts:
        if entry.name.startswith(BOXES):
            continue
        if not missing:
            break
        font = get_font(entry.fname)
        found = {character for character in missing if ord(character) in font.get_charmap()} if font.scalable else set()
        if found:
            missing -= found
            families.append(entry.name)
    matplotlib.rcParams["font.family"] = list(dict.fromkeys([own, *families]))
    return missing


def drawable(name: str, missing: set[str]) -> str:
    """Return a name with escapes, such as \\u5f00, for the characters that no font has and those that show nothing."""
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if character in missing or not character.isprintable()
        else character
        for character in name
    )
