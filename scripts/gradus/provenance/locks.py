"""Snakemake's lock after a kill: whether its build still lives, and how to go on."""

import fcntl
import shlex
import sys
from itertools import dropwhile
from pathlib import Path
from typing import TextIO

BUILDER_FILE = "gradus.builder"
"""Holds the arguments of the last build; while that build lives, the file is locked by it."""

_held: list[TextIO] = []


def note_builder(folder: Path) -> None:
    """Note this command as the one that builds, for as long as the process lives; called when a build starts.

    The system drops the file's lock with the process, however it dies: a number that tells processes apart would be
    given away again, and says nothing across the machines of a cluster.
    """
    file = open(folder / BUILDER_FILE, "a+", encoding="utf-8")  # noqa: SIM115 held until the process ends
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return  # another build (--nolock), or a file system without such locks: then there is no remedy to give
    file.truncate(0)
    file.write(shlex.join(sys.argv[1:]))
    file.flush()
    _held.append(file)


def remedy_for_killed_run(folder: Path) -> str | None:
    """One line that says how to resume, where `folder` (.snakemake) is locked by a build that is gone."""
    path = folder / BUILDER_FILE
    if not any(folder.glob("locks/*.lock")) or not path.is_file():
        return None
    with open(path, encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return None
        arguments = shlex.split(file.read())
    # What to build stands before the options, and is nothing to unlock.
    options = dropwhile(lambda argument: not argument.startswith("-"), arguments)
    unlock, build = shlex.join(["snakemake", "--unlock", *options]), shlex.join(["snakemake", *arguments])
    return f"The last build was killed. Nothing is lost; resume it with: {unlock} && {build}"
