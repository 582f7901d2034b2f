"""Digests of files that are read once: kept for as long as a file's path, size, times and inode are the same.

To read gigabytes at each look at the graph would take minutes. No program sets the change time. Where the store is
lost, damaged or cannot be written to, the files are read again.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from gradus.provenance.errors import GradusError
from gradus.provenance.files import sha256_file
from gradus.provenance.notes import read_note, write_note

STORE = Path(".snakemake", "gradus.digests.json")
"""Relative to the folder that snakemake runs in."""

SETTLED_NS = 2_000_000_000
"""A file that changed so shortly before it was read may change again within one tick of its file system's clock."""

TOLD_BYTES = 2_000_000_000
"""To read more than this takes seconds, so it is said."""

Key = list[int]
"""Size, modification time, change time (in ns) and inode."""

_read: dict[str, list[Any]] = {}
"""What this process has read: key and digest by path."""


def file_digests(files: list[str]) -> dict[str, str]:
    """Each file's digest; those that are not known are read, several at a time, and kept.

    Raises GradusError where a file cannot be read.
    """
    try:
        keys = {file: _key(file) for file in files}
        stored = _stored() | _read
        known = {file: stored[_name(file)][1] for file in files if stored.get(_name(file), [None])[0] == keys[file]}
        unknown = [file for file in files if file not in known]
        size = sum(keys[file][0] for file in unknown)
        if size > TOLD_BYTES:
            print(f"reading {size / 1e9:.1f} GB once, for its digest: {os.path.commonpath(unknown)}", file=sys.stderr)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            read = dict(zip(unknown, pool.map(sha256_file, unknown), strict=True))
        settled = time.time_ns() - SETTLED_NS
        whole: dict[str, list[Any]] = {
            _name(file): [keys[file], digest] for file, digest in read.items() if keys[file] == _key(file)
        }
    except OSError as error:
        what = f"{error.filename}: cannot be read ({error.strerror})"
        raise GradusError(f"{what}; correct the path, or fetch it again") from None
    _read.update(whole)
    if kept := {name: entry for name, entry in whole.items() if entry[0][2] < settled}:
        _keep(kept)
    digests = known | read
    return {file: digests[file] for file in files}


def _key(file: str) -> Key:
    found = os.stat(file)
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _name(file: str) -> str:
    return os.path.abspath(file)


def _stored() -> dict[str, list[Any]]:
    return {name: entry for name, entry in read_note(STORE).items() if isinstance(entry, list) and len(entry) == 2}


def _keep(found: dict[str, Any]) -> None:
    """Add digests to those that are stored, less those of files that are gone."""
    write_note(STORE, {name: entry for name, entry in _stored().items() if os.path.exists(name)} | found)
