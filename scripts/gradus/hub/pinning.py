"""From the name of a repository to its pin: the commit that a branch or tag points to now, and its files."""

from gradus.hub.client import is_offline, repo_info
from gradus.hub.contents import allowed
from gradus.hub.errors import hub_errors
from gradus.hub.listing import NEWEST, listed
from gradus.hub.lock import Pin, Repo
from gradus.provenance.errors import GradusError


def pin(repo: Repo, revision: str = NEWEST) -> Pin:
    """Ask the hub. Raises GradusError where it cannot be reached, has no such repository, or lets nobody in."""
    local = "name a local copy in the study file (`path:`)"
    if is_offline():
        raise GradusError(f"{repo}: HF_HUB_OFFLINE is set, and a revision is resolved with the network only: unset it")
    with hub_errors(repo, revision, local):
        info = repo_info(repo, revision, files=True)
    assert info.sha is not None  # a hub names the commit of every revision
    there = listed(info)
    files = {name: there[name] for name in allowed("text" if repo.kind == "dataset" else repo.kind, there)}
    if not files:
        raise GradusError(f"{repo} at {info.sha} has no file that could be read; correct `repo`, or {local}")
    return Pin(info.sha, files)
