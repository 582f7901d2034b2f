"""`config/hub.lock.yaml`: which commit of every repository a study downloads, and what each of its files has to be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_text
from gradus.specs.base import PinnedFiles

LOCK_FILE = Path("config/hub.lock.yaml")

KINDS = ("dataset", "model")

_HEAD = """\
# What the studies take from the Hugging Face hub: for each repository its commit, and of each file that may be
# downloaded the size and the digest (sha256, or git's blob id where the hub knows no other).
# `snakemake hub_pins --configfile STUDY` adds what a study names and leaves what is here. To take a newer commit,
# remove the repository's entry, or write a branch, tag or commit as its `revision` without `files`, and run it again.
"""

_REPO = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_DIGESTS = {"sha256": re.compile(r"[0-9a-f]{64}"), "git": re.compile(r"[0-9a-f]{40}")}


@dataclass(frozen=True, order=True)
class Repo:
    """A repository of the hub. `kind` is dataset or model."""

    kind: str
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class PinnedFile:
    """Size in bytes, and the digest of the bytes: `algorithm` is sha256, or git for git's blob id."""

    size: int
    algorithm: str
    digest: str


@dataclass(frozen=True)
class Pin:
    """The commit of a repository and its files by path; without files `revision` is a wish, not resolved yet."""

    revision: str
    files: Mapping[str, PinnedFile] = field(default_factory=dict)

    @property
    def resolved(self) -> bool:
        return bool(self.files) and _COMMIT.fullmatch(self.revision) is not None


Lock = dict[Repo, Pin]


def pin_of(pinned: PinnedFiles) -> Pin:
    """The pin in a job's settings. Raises GradusError where the repository is not pinned yet."""
    if pinned.revision is None:
        raise GradusError(f"{LOCK_FILE} has no revision of {pinned.repo}: run snakemake hub_pins for the study")
    files = {name: _file(LOCK_FILE, name, name, entry) for name, entry in pinned.files.items()}
    return Pin(pinned.revision, files)


def is_repo_name(text: str) -> bool:
    return _REPO.fullmatch(text) is not None and ".." not in text and "--" not in text


def read_lock(path: Path = LOCK_FILE) -> Lock:
    """All pins of the file; none where there is no file. Raises GradusError for an entry that is malformed."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        what = " ".join(str(error).split())
        raise GradusError(f"{path}: not valid YAML ({what:.200}); correct it, or delete it and pin anew") from None
    return {Repo(kind, name): pin for kind, name, pin in _entries(path, values)}


def _entries(path: Path, values: Any) -> list[tuple[str, str, Pin]]:
    found = []
    for section, repos in _mapping(path, "the file", values).items():
        kind = section.removesuffix("s")
        if kind not in KINDS:
            raise _malformed(path, section, f"expected {' or '.join(f'{kind}s' for kind in KINDS)}")
        for name, entry in _mapping(path, section, repos or {}).items():
            where = f"{section}: {name}"
            if not is_repo_name(str(name)):
                raise _malformed(path, where, "not the name of a repository, such as owner/name")
            entry = _mapping(path, where, entry)
            if not isinstance(entry.get("revision"), str) or set(entry) - {"revision", "files"}:
                raise _malformed(path, where, "expected `revision` (text) and `files`")
            files = _mapping(path, f"{where}: files", entry.get("files") or {})
            pinned = {file: _file(path, f"{where}: files: {file}", file, value) for file, value in files.items()}
            found.append((kind, name, Pin(entry["revision"], pinned)))
    return found


def _file(path: Path, where: str, name: Any, entry: Any) -> PinnedFile:
    # The name becomes a path below results/: it must not lead out of it.
    if not isinstance(name, str) or PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        raise _malformed(path, where, "not the path of a file in a repository")
    entry = _mapping(path, where, entry)
    for algorithm, form in _DIGESTS.items():
        digest = entry.get(algorithm)
        known = set(entry) == {"size", algorithm} and isinstance(digest, str) and form.fullmatch(digest)
        if known and isinstance(entry["size"], int) and entry["size"] >= 0:
            return PinnedFile(entry["size"], algorithm, digest)
    raise _malformed(path, where, "expected `size` and `sha256` or `git`")


def _mapping(path: Path, where: str, value: Any) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise _malformed(path, where, "expected a mapping of keys")
    return value


def _malformed(path: Path, where: str, what: str) -> GradusError:
    return GradusError(f"{path}: {where}: {what}; correct the entry, or remove it and run: snakemake hub_pins")


def write_lock(lock: Lock, path: Path = LOCK_FILE) -> None:
    """Write all pins, sorted: equal pins are equal bytes."""
    text = _HEAD
    for kind in KINDS:
        repos = {
            repo.name: {"revision": pin.revision, "files": dict(sorted(map(_as_entry, pin.files.items())))}
            for repo, pin in sorted(lock.items())
            if repo.kind == kind
        }
        # One line a file, so that a change of one is one line of a difference.
        text += "\n" + yaml.safe_dump({f"{kind}s": repos}, sort_keys=False, width=10_000, default_flow_style=None)
    write_text(path, text)


def _as_entry(item: tuple[str, PinnedFile]) -> tuple[str, dict[str, Any]]:
    name, file = item
    return name, {"size": file.size, file.algorithm: file.digest}
