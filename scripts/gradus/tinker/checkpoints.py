"""What a training leaves on the service, and its record `tinker.json` beside the files that are kept here."""

import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gradus.models.manifest import SERVICE_RECORD
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json

AGAIN = "train the experiment again (remove its folder and run again), or continue from one that was trained here"


@dataclass(frozen=True)
class Checkpoint:
    """Paths (tinker://...) of a policy on the service at `url`.

    state: weights and optimizer, to train on from; sampler: weights to sample from. expires: the time (ISO 8601) until
    which the service keeps them; None: for good.
    """

    base_model: str
    rank: int
    state: str
    sampler: str
    expires: str | None
    url: str

    def write(self, folder: Path) -> None:
        write_json(folder / SERVICE_RECORD, asdict(self))

    @classmethod
    def read(cls, path: Path, base_model: str, url: str) -> "Checkpoint":
        """The record in the file `path`, of a checkpoint that can be used now, of this model, at this service.

        Raises GradusError where it is none, belongs elsewhere, or has expired.
        """
        try:
            found = cls(**read_json(path))
        except (OSError, GradusError, TypeError) as error:
            raise GradusError(f"{path}: not the record of a training on tinker ({error}); {AGAIN}") from error
        if found.base_model != base_model:
            raise GradusError(f"{path}: an adapter of {found.base_model}, but the study trains {base_model}; {AGAIN}")
        if found.url != url:
            raise GradusError(f"{path}: trained at {found.url}, but this study is at {url}; {AGAIN}")
        if found.expires is not None and datetime.fromisoformat(found.expires) <= datetime.now(UTC):
            raise GradusError(f"{path}: the service kept the weights until {found.expires} only; {AGAIN}")
        return found


def unique(name: str) -> str:
    """A name on the service that no other attempt of the job takes: the SDK retries a clash in silence for 300 s."""
    return f"{name}-{secrets.token_hex(4)}"


def expiry(seconds: int) -> str:
    """The time, ISO 8601, at which what is saved now with this time to live is removed. A little early, to be safe."""
    return (datetime.now(UTC) + timedelta(seconds=seconds - 60)).isoformat(timespec="seconds")
