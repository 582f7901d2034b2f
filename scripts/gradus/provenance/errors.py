"""The one error that is meant for the user's eyes, and what the disk says as one."""

import errno
import os


class GradusError(Exception):
    """Something the user can correct. The message names the file, the key or row, and the remedy."""


_DISK = {
    errno.ENOSPC: "no space is left on the disk; free some, and run the same command again: it goes on from here",
    errno.EDQUOT: "your share of the disk is used up; free some, and run the same command again: it goes on from here",
    errno.EROFS: "the disk is read-only; copy the project to one of your own",
}


def disk_trouble(error: Exception) -> GradusError | None:
    """A full or read-only disk in one line; None for any other error."""
    for code, what in _DISK.items():
        # Libraries that write files themselves (safetensors, Arrow) raise errors of their own, with the system's words.
        if getattr(error, "errno", None) == code or os.strerror(code) in str(error):
            file = getattr(error, "filename", None)
            return GradusError(f"{file}: {what}" if file else what)
    return None
