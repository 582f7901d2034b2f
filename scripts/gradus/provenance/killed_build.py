"""Snakemake's lock after a kill: whether its build is still running, and how to resume it."""

import shlex
import sys
from itertools import dropwhile
from pathlib import Path

from gradus.provenance.locks import NoLocks, Taken, hold, is_free

BUILDER_FILE = "gradus.builder"
"""Holds the arguments of the last build; while that build runs, it holds the file."""


def note_builder(folder: Path) -> None:
    """Note this command as the one that builds, for as long as the process lives; called when a build starts."""
    try:
        file = hold(folder / BUILDER_FILE)
    except (Taken, NoLocks):
        return  # another build (--nolock), or a file system without locks: then there is no remedy to give
    file.truncate(0)
    file.write(shlex.join(sys.argv[1:]))
    file.flush()


def remedy_for_killed_run(folder: Path) -> str | None:
    """One line that says how to resume, where `folder` (.snakemake) is locked by a build that is gone."""
    path = folder / BUILDER_FILE
    if not any(folder.glob("locks/*.lock")) or not path.is_file() or not is_free(path):
        return None
    arguments = shlex.split(path.read_text(encoding="utf-8"))
    # What to build comes before the options, and is nothing to unlock.
    options = dropwhile(lambda argument: not argument.startswith("-"), arguments)
    unlock, build = shlex.join(["snakemake", "--unlock", *options]), shlex.join(["snakemake", *arguments])
    return f"The last build was killed. Nothing is lost; resume it with: {unlock} && {build}"
