"""What may be the name of a label."""

JOINERS = "\u200c\u200d"  # words of several scripts need them, such as Persian ones, and emoji made of others


def refusal(name: object) -> str | None:
    """Return why something is no label's name, as a sentence with the name to write instead; None for a name.

    A name is a text of one line whose characters show; letters and emoji may be joined in it, by JOINERS, and spaces
    stand between words alone.
    """
    if not isinstance(name, str):
        return f"expected a label name; found {name!r:.60}"
    seen = "".join(character for character in name if character not in JOINERS)
    if not seen.isprintable():
        said = "expected a label name of characters that show"
    elif not seen or seen != seen.strip():
        said = "expected a label name without spaces around it"
    else:
        return None
    kept = "".join(one for one in name if one.isspace() or one.isprintable() or one in JOINERS)
    sound = " ".join(kept.split()).strip(" " + JOINERS)
    instead = f": write {sound!r}" if 0 < len(sound) < 60 else ""
    return f"{said}; found {name!r:.60}{instead}"
