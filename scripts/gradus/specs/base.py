"""What every spec is: the typed settings of one job, and which code runs them.

Pure declarations. The values are in the spec, so this room is in no fingerprint: a new description reruns nothing.
"""

from typing import Any, Generic, TypeVar

from pydantic import ConfigDict

from gradus.study.settings.base import Settings

Plugin = dict[str, Any]
"""Settings of something that is found by its name (a problem source, a reward part), which reads them itself."""


class JobSettings(Settings):
    """All that decides the result of one kind of job. The field names of a class are the keys of its specs."""


S = TypeVar("S", bound=JobSettings)


class Spec(Settings, Generic[S]):
    """One job.

    stage: its rule and its script, `scripts/<stage>.py`.
    name: its place below the study's folder, such as `models/sft`.
    modules: what it loads by name: a backend, a sampler, a source.
    fingerprint: of the script and of these modules, with all that they import.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    stage: str
    name: str
    modules: list[str]
    settings: S
    fingerprint: str = ""


class Outside(Settings):
    """A local file or folder, with the digest of its content: of the files `names` in it, or of all."""

    path: str
    names: list[str] | None
    sha256: str


class Pinned(Settings):
    """A repository of the hub at a commit; None: not pinned yet, so the job can be planned but not run."""

    repo: str
    revision: str | None


class PinnedFiles(Pinned):
    """The same with its files: by their paths, the size in bytes and the digest by its algorithm (sha256 or sha1)."""

    files: dict[str, dict[str, Any]]
