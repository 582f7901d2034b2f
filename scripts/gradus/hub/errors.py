"""What goes wrong with the hub, in one line each: what, where, and what to do about it."""

import os
from collections.abc import Generator
from contextlib import contextmanager

import httpx
from huggingface_hub import constants
from huggingface_hub.errors import (
    DisabledRepoError,
    EntryNotFoundError,
    FileMetadataError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from gradus.hub.lock import LOCK_FILE, Repo
from gradus.provenance.errors import GradusError

TOKEN = "HF_TOKEN"
BUILD_AGAIN = "run the build again"


@contextmanager
def hub_errors(repo: Repo, revision: str, local: str = "", again: str = BUILD_AGAIN) -> Generator[None]:
    """Turn the errors of huggingface_hub and its transport into a GradusError.

    `local` says how to name a local copy instead, where that is a way; `again` what to do again. Where an error has
    several kinds, the narrower comes first.
    """
    instead = f", or {local}" if local else ""
    try:
        yield
    except GatedRepoError:
        raise GradusError(f"{_name(repo)} is gated: {_access(repo)}") from None
    except (RepositoryNotFoundError, DisabledRepoError):
        what = "does not exist, or is private and the hub does not say so"
        raise GradusError(f"{_name(repo)} {what}: correct the name, or {_access(repo)}") from None
    except RevisionNotFoundError:
        remedy = f"correct or remove its entry in {LOCK_FILE} and run: snakemake hub_pins"
        raise GradusError(f"{_name(repo)} has no revision {revision}: {remedy}") from None
    except LocalEntryNotFoundError as error:
        cause = error.__cause__
        raise _unreachable(repo, again, instead, cause if isinstance(cause, Exception) else error) from None
    except EntryNotFoundError as error:
        what = " ".join(str(error).split())
        raise GradusError(f"{_name(repo)} at {revision} lacks a file ({what:.200}): pin it anew") from None
    except HfHubHTTPError as error:
        code = error.response.status_code
        if code in (401, 403):
            raise GradusError(f"{_name(repo)} refuses access ({code}): {_access(repo)}") from None
        raise GradusError(f"{_name(repo)}: {constants.ENDPOINT} answers {code}: {again} later{instead}") from None
    except (httpx.HTTPError, OfflineModeIsEnabled, FileMetadataError, TimeoutError) as error:
        raise _unreachable(repo, again, instead, error) from None


def _name(repo: Repo) -> str:
    return f"{constants.ENDPOINT}/{'datasets/' if repo.kind == 'dataset' else ''}{repo.name}"


def _access(repo: Repo) -> str:
    """How to get in; the token itself is never shown."""
    if os.environ.get(TOKEN):
        return f"the token in {TOKEN} has no access: ask for it on the repository's page with that token's account"
    return (
        f"ask for access on its page, and set {TOKEN} to a token of that account ({constants.ENDPOINT}/settings/tokens)"
    )


def _unreachable(repo: Repo, again: str, instead: str, error: Exception) -> GradusError:
    what = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
        return GradusError(f"{_name(repo)} broke off ({what:.160}): {again}, it goes on from here{instead}")
    return GradusError(f"{_name(repo)} cannot be reached ({what:.160}): connect to the network and {again}{instead}")
