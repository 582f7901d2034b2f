"""Pinned files in huggingface_hub's cache: there already, or downloaded, and in both cases what the lock says."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from huggingface_hub import hf_hub_download, try_to_load_from_cache

from gradus.hub.client import FIRST_ANSWER_SECONDS, cache_folder, is_offline, repo_info, token
from gradus.hub.errors import BUILD_AGAIN, hub_errors
from gradus.hub.lock import Pin, PinnedFile, Repo
from gradus.provenance.digests import file_digests
from gradus.provenance.errors import GradusError

BLOCK_BYTES = 1 << 20


def fetch(
    repo: Repo,
    pin: Pin,
    names: list[str],
    log: Callable[[str], None],
    local: str = "",
    again: str = BUILD_AGAIN,
) -> dict[str, Path]:
    """Paths in the cache of the files `names`, each checked against the pin.

    Files that are in the cache cost no request, so a full cache needs no network. What a broken download has finished
    stays for the next run. Raises GradusError; in it `local` says how to name a local copy instead, where that is a
    way, and `again` what to do again.
    """
    found = {name: path for name in names if (path := _cached(repo, pin, name)) is not None}
    missing = [name for name in names if name not in found]
    if missing:
        _ask(repo, pin, missing, local, again)
    for name in missing:
        log(f"{repo} {name}: {pin.files[name].size:,} bytes")
        found[name] = _downloaded(repo, pin, name, local, again)
    return {name: found[name] for name in names}


def _ask(repo: Repo, pin: Pin, missing: list[str], local: str, again: str) -> None:
    """Find out with one quick request whether downloads can work at all; by themselves they would try for minutes."""
    if is_offline():
        raise GradusError(
            f"{repo}: HF_HUB_OFFLINE is set, and {missing[0]} at {pin.revision} is not in the cache {cache_folder()}: "
            f"unset it and {again} once with the network" + (f", or {local}" if local else "")
        )
    with hub_errors(repo, pin.revision, local, again):
        repo_info(repo, pin.revision)


def _cached(repo: Repo, pin: Pin, name: str) -> Path | None:
    """The file in the cache, if it is there and whole. A damaged one is removed: what is in its place is no use."""
    path = try_to_load_from_cache(repo.name, name, revision=pin.revision, repo_type=repo.kind)
    if not isinstance(path, str) or not Path(path).is_file():
        return None
    if is_pinned(Path(path), pin.files[name]):
        return Path(path)
    _remove(Path(path))
    return None


def _downloaded(repo: Repo, pin: Pin, name: str, local: str, again: str) -> Path:
    with hub_errors(repo, pin.revision, local, again):
        try:
            path = Path(
                hf_hub_download(
                    repo.name,
                    name,
                    repo_type=repo.kind,
                    revision=pin.revision,
                    token=token(),
                    etag_timeout=FIRST_ANSWER_SECONDS,
                )
            )
        except OSError as error:
            if type(error) is not OSError:
                raise
            # huggingface_hub's word for a file that ended early.
            what = " ".join(str(error).split())
            raise GradusError(
                f"{repo} {name}: the download failed ({what:.160}): {again}, it goes on from here"
            ) from None
    if not is_pinned(path, pin.files[name]):
        _remove(path)
        raise GradusError(
            f"{repo} {name}: what the hub sent is not what the lock says ({pin.files[name].algorithm} "
            f"{pin.files[name].digest}): {again}; if it stays so, pin the repository anew"
        )
    return path


def _remove(path: Path) -> None:
    """The file's entry in the cache, and the blob behind it."""
    blob = path.resolve()
    path.unlink(missing_ok=True)
    blob.unlink(missing_ok=True)


def is_pinned(path: Path, pinned: PinnedFile) -> bool:
    """Whether a file is the pinned one, byte for byte."""
    if path.stat().st_size != pinned.size:
        return False
    if pinned.algorithm == "sha256":
        name = os.path.realpath(path)  # under which the digest of the model's file is looked up later
        return file_digests([name])[name] == pinned.digest
    return git_blob_id(path) == pinned.digest


def git_blob_id(path: Path) -> str:
    """The name that git gives a file's bytes: SHA-1 over a header with their number, and the bytes."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with open(path, "rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
