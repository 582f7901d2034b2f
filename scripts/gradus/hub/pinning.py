"""From the name of a repository to its pin: the commit that a branch or tag points to now, and its files."""

from gradus.hub.client import is_offline, repo_info
from gradus.hub.contents import allowed
from gradus.hub.errors import hub_errors
from gradus.hub.lock import Pin, PinnedFile, Repo
from gradus.provenance.errors import GradusError

NEWEST = "main"


def pin(repo: Repo, revision: str = NEWEST) -> Pin:
    """Ask the hub. Raises GradusError where it cannot be reached, has no such repository, or lets nobody in."""
    local = "name a local copy in the study file (`path:`)"
    if is_offline():
        raise GradusError(f"{repo}: HF_HUB_OFFLINE is set, and a revision is resolved with the network only: unset it")
    with hub_errors(repo, revision, local):
        info = repo_info(repo, revision, files=True)
    assert info.sha is not None  # a hub names the commit of every revision
    siblings = {file.rfilename: file for file in info.siblings or []}
    files = {}
    for name in allowed(repo.kind, siblings):
        file = siblings[name]
        if file.lfs is not None:
            files[name] = PinnedFile(file.lfs.size, "sha256", file.lfs.sha256)
        else:
            assert file.size is not None  # asked for with files=True, as the next one
            assert file.blob_id is not None
            files[name] = PinnedFile(file.size, "git", file.blob_id)
    if not files:
        raise GradusError(f"{repo} at {info.sha} has no file that could be read; correct `repo`, or {local}")
    return Pin(info.sha, files)
