"""What the hub says of a repository's files, and a repository as it is now."""

from collections.abc import Mapping
from dataclasses import dataclass

from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError
from huggingface_hub.hf_api import DatasetInfo, ModelInfo

from gradus.hub.client import repo_info
from gradus.hub.errors import hub_errors
from gradus.hub.lock import Pin, PinnedFile, Repo

NEWEST = "main"


@dataclass(frozen=True)
class Repository:
    """A repository that is there: its newest commit with the digests of all files, and whether it is private."""

    repo: Repo
    pin: Pin
    private: bool

    @property
    def files(self) -> Mapping[str, PinnedFile]:
        return self.pin.files


def listed(info: ModelInfo | DatasetInfo) -> dict[str, PinnedFile]:
    """All files of a commit by their paths, of an answer that was asked for `files`."""
    found = {}
    for file in info.siblings or []:
        if file.lfs is not None:
            found[file.rfilename] = PinnedFile(file.lfs.size, "sha256", file.lfs.sha256)
        else:
            assert file.size is not None  # asked for with files=True, as the next one
            assert file.blob_id is not None
            found[file.rfilename] = PinnedFile(file.size, "git", file.blob_id)
    return found


def find_repository(repo: Repo, again: str) -> Repository | None:
    """None where the hub has none, or does not say so to the owner of this token; `again` is what to do after a fault.

    Raises GradusError where the hub cannot be asked.
    """
    with hub_errors(repo, NEWEST, again=again):
        try:
            info = repo_info(repo, NEWEST, files=True)
        except GatedRepoError:
            raise
        except RepositoryNotFoundError:
            return None
    assert info.sha is not None  # a hub names the commit of every revision
    return Repository(repo, Pin(info.sha, listed(info)), bool(info.private))
