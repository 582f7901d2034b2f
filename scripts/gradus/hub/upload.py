"""Writing to a repository of the hub: what differs is sent, and appears in one commit or not at all.

Large files are sent one by one before the commit. Those that the hub has by then it does not ask for again, so an
upload that broke off goes on where it was.
"""

import os
import warnings
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError

from gradus.hub.client import is_offline, token
from gradus.hub.contents import is_weights
from gradus.hub.download import is_pinned
from gradus.hub.errors import TOKEN, hub_errors
from gradus.hub.listing import NEWEST
from gradus.hub.lock import PinnedFile, Repo
from gradus.provenance.errors import GradusError


@dataclass(frozen=True)
class Changes:
    """Of a repository's files, by their paths in it: those to send, and those to remove."""

    send: Mapping[str, Path]
    remove: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.send or self.remove)

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.send.values())


def changes(files: Mapping[str, Path], there: Mapping[str, PinnedFile], stale: Iterable[str] = ()) -> Changes:
    """What makes the repository have `files`. there: what it has; stale: what it should have no more."""
    send = {name: path for name, path in files.items() if name not in there or not is_pinned(path, there[name])}
    return Changes(send, tuple(sorted(name for name in stale if name in there and name not in files)))


def expect_writable(again: str) -> None:
    """Raise GradusError where nothing can be written to any repository from here."""
    if is_offline():
        raise GradusError(f"HF_HUB_OFFLINE is set, so nothing can be sent: unset it and {again}")
    if not os.environ.get(TOKEN):
        raise GradusError(f"{TOKEN} is not set, and the hub takes nothing from strangers: set it and {again}")


def create(repo: Repo, private: bool, again: str) -> None:
    """Make a repository that is not there. Raises GradusError where the hub refuses."""
    with _writing(repo, again):
        HfApi(token=token()).create_repo(repo.name, repo_type=repo.kind, private=private)


def commit(repo: Repo, parent: str, changes: Changes, message: str, log: Callable[[str], None], again: str) -> str:
    """Apply the changes to the commit `parent`, and return the new one.

    Raises GradusError where the hub refuses, or where somebody else has written to the repository meanwhile.
    """
    api = HfApi(token=token())
    additions = [CommitOperationAdd(name, path) for name, path in changes.send.items()]
    with _writing(repo, again):
        for addition in additions:
            if is_weights(addition.path_in_repo):
                log(f"{repo}: {addition.path_in_repo}, {addition.upload_info.size:,} bytes")
                api.preupload_lfs_files(repo.name, [addition], repo_type=repo.kind, revision=NEWEST, free_memory=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the card's metadata: what the hub refuses, it says as an error
            done = api.create_commit(
                repo.name,
                [*additions, *map(CommitOperationDelete, changes.remove)],
                repo_type=repo.kind,
                revision=NEWEST,
                parent_commit=parent,
                commit_message=message,
            )
    return done.oid


@contextmanager
def _writing(repo: Repo, again: str) -> Generator[None]:
    """Turn what goes wrong when something is written into a GradusError."""
    with hub_errors(repo, NEWEST, again=again):
        try:
            yield
        except HfHubHTTPError as error:
            code = error.response.status_code
            if code in (401, 403):
                owner = repo.name.partition("/")[0]
                raise GradusError(
                    f"{repo}: the hub lets nothing be written there ({code}): set {TOKEN} to a token that may write "
                    f"for {owner}, or correct hub.namespace, and {again}"
                ) from None
            if code in (409, 412):
                raise GradusError(f"{repo}: was made or written to by somebody else meanwhile: {again}") from None
            raise
        except (RuntimeError, ValueError) as error:
            # huggingface_hub's words for an upload that failed, and for what the hub refuses of it.
            what = " ".join(str(error.__cause__ or error).split())
            raise GradusError(f"{repo}: the upload failed ({what:.200}): {again}, it goes on from here") from None
