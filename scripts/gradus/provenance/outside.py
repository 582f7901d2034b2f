"""Digests of outside files: what a study names as a local file or folder is part of its jobs' specs.

A time stamp does not say whether such a file changed: `cp -p`, rsync and tar bring other content under an older one.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import BaseModel

from gradus.provenance.digests import file_digests
from gradus.provenance.errors import GradusError
from gradus.specs.base import Outside


def files_below(path: str | Path) -> list[str]:
    """The file itself, or every file in the folder but hidden ones: a change of any of them is a change of the set."""
    return sorted(iterate_files(path))


def iterate_files(path: str | Path) -> Iterator[str]:
    """The same in any order, one by one: a folder may hold a whole disk."""
    if not os.path.isdir(path):
        yield str(path)
        return
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files = (Path(folder, name) for name in names if not name.startswith("."))
        yield from (str(file) for file in files if file.is_file())


def outside(path: str, names: Iterable[str] | None = None) -> Outside:
    """For a spec: a file or folder with the digest of its content, of these files in it or of all.

    Raises GradusError where a file cannot be read.
    """
    chosen = None if names is None else sorted(names)
    return Outside(path=path, names=chosen, sha256=_digest(path, chosen))


def expect_unchanged(settings: BaseModel) -> None:
    """Raise GradusError where a file that a job's settings have a digest of is not what it was when it was planned.

    That is what a job reads itself, and the folders of models behind the links in the results.
    """
    for _, value in settings:
        if isinstance(value, Outside):
            if _digest(value.path, value.names) != value.sha256:
                raise GradusError(f"{value.path}: its content changed after the plan was made; run snakemake again")
        elif isinstance(value, BaseModel):
            expect_unchanged(value)


def _digest(path: str, names: list[str] | None) -> str:
    files = files_below(path) if names is None else [str(Path(path, name)) for name in names]
    lines = (f"{digest}  {os.path.relpath(file, path)}\n" for file, digest in file_digests(files).items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()
