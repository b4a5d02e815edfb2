"""The one error that a person sees, and the door that turns it into a sentence and an exit status."""

import errno
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import zip_longest


class UserError(Exception):
    """Something that the person at the keyboard can mend; the message says where, what was found and what to type."""


@contextmanager
def reading(place: str, expected: str, mend: str) -> Iterator[None]:
    """Let what a library raises about a file's bytes be one sentence: place, what was expected, the reason, mend.

    The one place that catches everything: given damaged bytes, NumPy raises tokenize.TokenError, tokenizers the plain
    Exception, transformers whatever it stumbles over. Nothing but reading belongs into the block.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise UserError(f"{place}: expected {expected}; found one that cannot be read ({reason}); {mend}") from None


MOST_NAMES = 30  # in a sentence


def listed(names: list[str], most: int = MOST_NAMES) -> str:
    """Return names with commas between them; of more than `most` the first, and how many follow."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def apart(expected: list[str], found: list[str]) -> tuple[str, str]:
    """Return two lists of names that differ in words: both whole, or of long ones where they first differ."""
    if max(len(expected), len(found)) <= MOST_NAMES:
        return ", ".join(expected), ", ".join(found)
    pairs = enumerate(zip_longest(expected, found), start=1)
    place, differing = next((place, pair) for place, pair in pairs if pair[0] != pair[1])
    told = (f", number {place:,} {name!r:.60}" if name is not None else "" for name in differing)
    return tuple(f"{len(names):,} of them{one}" for names, one in zip((expected, found), told, strict=True))


MACHINE = {  # what a machine refuses, and what to do about it
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space, or ask for more",
    errno.EFBIG: "raise the limit of a file's size: ulimit -f unlimited",
    errno.EROFS: "work where files can be written",
    errno.EACCES: "let this user read and write there",
    errno.EPERM: "let this user read and write there",
    errno.ENOTDIR: "move away the file that stands where a folder belongs",
    errno.EEXIST: "move away the file that stands where a folder belongs",
    errno.EISDIR: "move away the folder that stands where a file belongs",
    errno.EIO: "look whether the disk is sound",
}


class _LibraryErrors(AbstractContextManager):
    """Turn what libraries raise for an error of the operating system into the OSError that it is.

    Those written in Rust name its number in words: tokenizers in an Exception, safetensors in one of its own.
    """

    def __exit__(self, kind, error, traceback) -> None:
        named = re.search(r"\(os error (\d+)\)", str(error))
        if named and not isinstance(error, UserError):
            number = int(named[1])
            raise OSError(number, os.strerror(number)) from error


CLOSED_PIPE = 141  # what shells call a program that nobody listens to any more, as before `| head -1`


def shown(text: str) -> str:
    """Return a text as a terminal can show it: what it would obey, such as a change of colour, is spelled out."""
    return re.sub("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", lambda found: repr(found[0])[1:-1], text)


def exit_in_words(main: Callable[[], None]) -> None:
    """Run a program; a UserError ends it with its message on standard error and exit status 1.

    So does what the machine refuses, as a full disk does. Ctrl-C ends it with 130, as shells do, and two lines, of
    which whoever knows what comes next gives KeyboardInterrupt the second.
    """
    _without_tracebacks()
    try:
        try:
            with _LibraryErrors():
                main()
        finally:
            if sys.stdout:
                sys.stdout.flush()  # here, where nobody listening any more can be said
    except UserError as error:
        sys.exit(shown(str(error)))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would try again at its end
        sys.exit(CLOSED_PIPE)
    except OSError as error:
        if error.errno not in MACHINE:
            raise
        place = f"{error.filename}: " if error.filename else ""
        sys.exit(f"{place}{error.strerror}; {MACHINE[error.errno]}; nothing half-written is left under its final name")
    except KeyboardInterrupt as error:
        if "LOCAL_RANK" not in os.environ:  # else the process that called torchrun says it, once
            next_step = str(error) or "the same command starts again"
            print(f"\nstopped: nothing half-written is left under its final name\n{next_step}", file=sys.stderr)
        sys.exit(130)


def _without_tracebacks() -> None:
    """Let bytes that are no UTF-8 come in as halves of characters, and characters that a terminal lacks go as codes."""
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace")):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=errors)
