"""The one error that a person sees, and the door that turns it into a sentence and an exit status."""

import errno
import os
import sys
from collections.abc import Callable


class UserError(Exception):
    """Something that the person at the keyboard can mend; the message says where, what was found and what to type."""


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


def exit_in_words(main: Callable[[], None]) -> None:
    """Run a program; a UserError ends it with its message on standard error and exit status 1.

    So does what the machine refuses, as a full disk does. Ctrl-C ends it with 130, as shells do, and two lines, of
    which whoever knows what comes next gives KeyboardInterrupt the second.
    """
    try:
        main()
    except UserError as error:
        sys.exit(str(error))
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
