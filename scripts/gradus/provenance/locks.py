"""Locked files: the one way in which processes of a build tell whether another one lives.

The system drops a lock with the process that holds it, however it dies. A number that tells processes apart would be
given away again, and says nothing across the machines of a cluster. (fcntl.flock: over a network disk the same, from
NFS 4 on.)
"""

import errno
import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

_held: list[TextIO] = []
"""Files that this process keeps open, and so locked."""


class Taken(Exception):
    """Another process, or another part of this one, holds the lock."""


class NoLocks(Exception):
    """The file system has no locks. The text is the system's reason."""


def hold(path: Path) -> TextIO:
    """Lock a file for as long as the process lives, or until it is released. It is made where there is none.

    Returns it open to be read and appended to, at its end. Raises Taken or NoLocks at once.
    """
    return _held_now(open(path, "a+", encoding="utf-8"))


def hold_with_others(path: Path) -> TextIO:
    """The same with an empty file that all users may lock, in a folder where all may write.

    Whoever comes first makes it. It is opened to be read only: the kernel lets nobody open another's file there in a
    way that may also make it (fs.protected_regular).
    """
    before = os.umask(0)
    try:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o444))
        file = open(path, encoding="utf-8")  # noqa: SIM115 closed with the process
    except OSError as error:
        raise NoLocks(error.strerror or str(error)) from None
    finally:
        os.umask(before)
    return _held_now(file)


def _held_now(file: TextIO) -> TextIO:
    try:
        _lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (Taken, NoLocks):
        file.close()
        raise
    _held.append(file)
    return file


def release(file: TextIO) -> None:
    """Let go of a file that is held."""
    _held.remove(file)
    file.close()


def release_all() -> None:
    """Let go of all, as the end of the process does."""
    while _held:
        _held.pop().close()


def is_free(path: Path) -> bool:
    """Whether no process holds a file that is there; False where the file system cannot tell."""
    with open(path, encoding="utf-8") as file:
        try:
            _lock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except (Taken, NoLocks):
            return False
    return True


@contextmanager
def one_at_a_time(path: Path) -> Generator[None]:
    """Wait until no other process is in such a block with the same file. Raises NoLocks."""
    with open(path, "a", encoding="utf-8") as file:
        _lock(file, fcntl.LOCK_EX)
        yield


def _lock(file: TextIO, operation: int) -> None:
    try:
        fcntl.flock(file, operation)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            raise Taken(str(file.name)) from None
        raise NoLocks(error.strerror or str(error)) from None
