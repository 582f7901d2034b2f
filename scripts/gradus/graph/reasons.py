"""Why a job runs, in words: by its spec against the one on disk and by its record, else as Snakemake says it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from gradus.graph.graph import Graph
from gradus.graph.planned_jobs import PlannedJob
from gradus.graph.spec_changes import spec_changes
from gradus.graph.spec_files import PlannedSpecs
from gradus.provenance.errors import GradusError
from gradus.provenance.files import parse_json, read_json
from gradus.provenance.records import Damaged, read_record

NEW, NOT_YET, FORCED = "new", "not made yet", "forced"
NAMED = 2
"""Files that are named."""


class Reasons:
    """Of the jobs of a study. specs: as planned, against those on disk."""

    def __init__(self, graph: Graph, specs: PlannedSpecs) -> None:
        self._root, self._specs = graph.root, specs

    def of(self, job: PlannedJob) -> list[str]:
        """Its own reasons; none for a job that only follows others."""
        return list(dict.fromkeys(self._own(job))) or ([] if job.after else list(job.told))

    def _own(self, job: PlannedJob) -> Iterator[str]:
        if job.forced:
            yield FORCED
        change, spec = self._specs.changes.get(job.name), Path(self._root, "specs", f"{job.name}.json")
        if change is not None and change.refuted:
            yield change.refuted.replace(f"{self._root}/", "")
        elif change is not None and change.runs:
            yield from self._changes(spec, change.text)
        elif job.missing:
            yield f"output missing: {self._named(job.missing)}" if self._was_made(job) else NOT_YET
        elif str(spec) in job.updated:
            yield "settings or code changed since it was made"
        if read := [file for file in job.updated if file != str(spec)]:
            yield f"{self._named(read)} changed"

    def _changes(self, spec: Path, planned: bytes) -> Iterator[str]:
        try:
            before = read_json(spec)
        except FileNotFoundError:
            yield NEW
        except GradusError:
            yield f"{spec} cannot be read"
        else:
            yield from spec_changes(before, parse_json(planned, spec))

    def _was_made(self, job: PlannedJob) -> bool:
        """Whether it was, though its record may be what is missing."""
        try:
            made = read_record(Path(self._root, "ledger", f"{job.name}.json")) is not None
        except Damaged:
            return True
        return made

    def _named(self, files: Sequence[str]) -> str:
        names = [file.removeprefix(f"{self._root}/") for file in files]
        return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
