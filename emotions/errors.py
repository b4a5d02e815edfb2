"""The one error that a person sees, and the door that turns it into a sentence and an exit status."""

import sys
from collections.abc import Callable


class UserError(Exception):
    """Something that the person at the keyboard can mend; the message says where, what was found and what to type."""


def exit_in_words(main: Callable[[], None]) -> None:
    """Run a program; a UserError ends it with its message on standard error and exit status 1.

    Ctrl-C ends it with 130, as shells do, and two lines in place of a traceback.
    """
    try:
        main()
    except UserError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print(
            "\nstopped: what was finished before is kept, nothing half-written stays under its final name\n"
            "the same command starts again where the last finished stage ended",
            file=sys.stderr,
        )
        sys.exit(130)
