"""Jobs with typed settings, for tests of what scripts call."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from gradus.provenance.files import write_json
from gradus.provenance.job import Job
from gradus.specs.base import JobSettings, Spec

S = TypeVar("S", bound=JobSettings)


def typed_job(
    results: Path,
    name: str,
    settings: S,
    files: Mapping[str, Sequence[Path]] | None = None,
    modules: Sequence[str] = (),
) -> Job[S]:
    """The job `name` (such as models/sft) in a study's folder of results, with files by role and no fingerprint."""
    path = results / "specs" / f"{name}.json"
    spec = Spec(stage="test", name=name, modules=list(modules), settings=settings)
    write_json(path, spec.model_dump(mode="json"))
    return Job(str(path), {role: [str(file) for file in each] for role, each in (files or {}).items()}, type(settings))
