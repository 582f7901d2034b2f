"""Digests of files outside the results: what a study names as a local file or folder is part of its jobs' specs.

A time stamp does not say whether such a file changed: `cp -p`, rsync and tar bring other content under an older one. To
read gigabytes at each look at the graph would take minutes, so a file's digest is kept, and holds for as long as the
file has the same path, size, modification and change time, and inode. No program sets the change time; where the
store is lost, damaged or cannot be written to, the files are read again.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from gradus.provenance.errors import GradusError
from gradus.provenance.files import sha256_file, write_text

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


def files_below(path: str | Path) -> list[str]:
    """The file itself, or every file in the folder but hidden ones: a change of any of them is a change of the set."""
    path = Path(path)
    if not path.is_dir():
        return [str(path)]
    found = (file for file in path.rglob("*") if file.is_file())
    return sorted(str(file) for file in found if not any(p.startswith(".") for p in file.relative_to(path).parts))


def outside(path: str, names: Iterable[str] | None = None) -> dict[str, Any]:
    """For a spec: a file or folder with the digest of its content, of these files in it or of all.

    Raises GradusError where a file cannot be read.
    """
    chosen = None if names is None else sorted(names)
    return {"path": path, "names": chosen, "sha256": _digest(path, chosen)}


def expect_unchanged(settings: Mapping[str, Any]) -> None:
    """Raise GradusError where a file that a job's settings have a digest of is not what it was when it was planned."""
    for entry in _entries(settings):
        if _digest(entry["path"], entry["names"]) != entry["sha256"]:
            raise GradusError(f"{entry['path']}: its content changed after the plan was made; run snakemake again")


def _entries(settings: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What a job reads itself, and the folders of models behind the links in the results."""
    for group in (settings, settings.get("weights") or {}):
        yield from (group[key] for key in ("outside", "origin") if "sha256" in group.get(key, {}))


def _digest(path: str, names: list[str] | None) -> str:
    files = files_below(path) if names is None else [str(Path(path, name)) for name in names]
    lines = (f"{digest}  {os.path.relpath(file, path)}\n" for file, digest in _file_digests(files).items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _file_digests(files: list[str]) -> dict[str, str]:
    """Each file's digest; those that are not known are read, several at a time, and kept."""
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
        whole = {_name(file): [keys[file], digest] for file, digest in read.items() if keys[file] == _key(file)}
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
    try:
        store = json.loads(STORE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    entries = store.items() if isinstance(store, dict) else ()
    return {name: entry for name, entry in entries if isinstance(entry, list) and len(entry) == 2}


def _keep(found: dict[str, Any]) -> None:
    """Add digests to those that are stored, less those of files that are gone."""
    store = {name: entry for name, entry in _stored().items() if os.path.exists(name)} | found
    try:
        write_text(STORE, json.dumps(store))
    except OSError:
        return  # where nothing can be written, files are read each time
