"""Who builds in a study's folder of results: one command at a time, and one study file.

Two builds would write each other's files, and two studies of one name would build each other's results anew by turns.
"""

import json
import os
import shlex
import socket
import sys
from pathlib import Path
from typing import Any

from gradus.provenance.errors import GradusError
from gradus.provenance.locks import NoLocks, Taken, hold, release
from gradus.provenance.notes import read_note
from gradus.study.file import read_study_file

BUILDER_FILE = ".builder"
"""In the folder of results: which command built there last. It is held while that command runs."""


def own(results: Path, study_file: Path) -> str | None:
    """Take a study's results for this process and its study file, for as long as the process lives.

    Returns a warning where the file system has no locks. Raises GradusError if another build is at work there, or they
    are another study's.
    """
    results.mkdir(parents=True, exist_ok=True)
    path = results / BUILDER_FILE
    try:
        file = hold(path)
    except Taken:
        raise GradusError(f"{results}: {_at_work(read_note(path))}; wait until it has ended") from None
    except NoLocks as error:
        _refuse_another_study(results, study_file, read_note(path))
        path.write_text(_note(results, study_file), encoding="utf-8")
        return f"{results}: this file system has no locks, so nothing stops a second build there ({error})"
    try:
        _refuse_another_study(results, study_file, read_note(path))
    except GradusError:
        release(file)
        raise
    file.truncate(0)
    file.write(_note(results, study_file))
    file.flush()
    return None


def _note(results: Path, study_file: Path) -> str:
    return json.dumps(
        {
            "study_file": str(study_file.resolve()),
            "results": str(results.resolve()),
            "process": os.getpid(),
            "host": socket.gethostname(),
            "folder": os.getcwd(),
            "command": shlex.join(["snakemake", *sys.argv[1:]]),
        }
    )


def _at_work(note: dict[str, Any]) -> str:
    if not note:
        return "another build is at work there"
    where = f"process {note.get('process')} on {note.get('host')}, in {note.get('folder')}"
    return f"another build is at work there, `{note.get('command')}` ({where})"


def _refuse_another_study(results: Path, study_file: Path, note: dict[str, Any]) -> None:
    other = Path(note.get("study_file", study_file))
    # A copy of the folder is nobody's yet, and a study file that was renamed or removed has no claim.
    if other == study_file.resolve() or note.get("results") != str(results.resolve()):
        return
    if _name_of(other) == results.name:
        raise GradusError(
            f"{results}: holds the results of {other}, which is named {results.name!r} too; give one of the two "
            "a name of its own (study: NAME), or remove the file that is no longer needed"
        )


def _name_of(study_file: Path) -> str | None:
    try:
        return read_study_file(study_file).values.get("study")
    except (GradusError, OSError):
        return None
