"""Pins of the double's commits, told from their bytes and not by asking it."""

from gradus.hub.contents import allowed
from gradus.hub.lock import Pin, PinnedFile
from hub.digests import digests
from hub.double import HubDouble


def pin_of(hub: HubDouble, repo: str, revision: str) -> Pin:
    """The pin of one of the double's commits, told from its bytes."""
    files = hub.commits[repo][revision]
    kind = repo.split("s/")[0]
    return Pin(revision, {name: _pinned(name, files[name]) for name in allowed(kind, files)})


def _pinned(name: str, data: bytes) -> PinnedFile:
    told = digests(name, data)
    if "lfs" in told:
        return PinnedFile(len(data), "sha256", told["lfs"]["sha256"])
    return PinnedFile(len(data), "git", told["oid"])
