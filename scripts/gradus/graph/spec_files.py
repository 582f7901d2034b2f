"""A study's specs beside those on disk: which change, and which results are not what their record says.

What is on disk stays as it is until a build begins: to Snakemake the changes are shown, see `shown_specs.py`.
"""

import hashlib
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gradus.graph.former_samples import keep_samples
from gradus.graph.graph import Graph
from gradus.graph.job import Job
from gradus.graph.seeds import write_seeds
from gradus.graph.verdicts import with_grader
from gradus.hub.links import dangling
from gradus.models.manifest import MANIFEST, broken_models
from gradus.provenance.files import json_text, replacing, write_json
from gradus.provenance.fingerprint import fingerprint
from gradus.provenance.records import Damaged, changed_input, read_record
from gradus.provenance.specs import OWN_CODE_FILE, SERVICE_FILE
from gradus.specs.base import JobSettings, Spec
from gradus.study.services import service_file
from gradus.study.settings.own_modules import as_written, is_own_module, own_folders


@dataclass(frozen=True)
class SpecChange:
    """How one spec is not on disk as planned.

    `runs`: whether its job has to run. If not, the file alone is missing, torn or too new.
    `refuted`: why the result that is there is not what its record says; Snakemake's own record of it is void then.
    """

    text: bytes
    runs: bool = True
    refuted: str = ""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text).hexdigest()


@dataclass(frozen=True)
class PlannedSpecs:
    """By the names of the jobs: the SHA-256 of every spec, and the changes to those on disk.

    `gone`: specs on disk of no job any more. `dangling`: fetched folders in which a link leads nowhere.
    """

    digests: dict[str, str]
    changes: dict[str, SpecChange]
    gone: list[Path] = field(default_factory=list)
    dangling: list[Path] = field(default_factory=list)

    def refuted(self) -> Iterator[str]:
        """Lines on the results that are made again although Snakemake sees no reason."""
        for name, change in self.changes.items():
            if change.refuted:
                yield f"{name} is made again: {change.refuted}"


def plan_specs(graph: Graph) -> PlannedSpecs:
    """Compare a study's specs with those on disk and with what the ledger says; nothing is written."""
    folder = Path(graph.root, "specs")
    codes, broken = Fingerprints(), broken_models(job.result for job in graph.jobs.values() if is_model(job))
    digests: dict[str, str] = {}
    changes: dict[str, SpecChange] = {}
    for name, job in graph.jobs.items():
        text = spec_text(planned_spec(codes, job, graph.root, changes))
        digests[name] = hashlib.sha256(text).hexdigest()
        if change := _change(graph.root, name, text, broken.get(job.result, "")):
            changes[name] = change
    known = {folder / f"{name}.json" for name in graph.jobs}
    gone = [path for path in folder.rglob("*.json") if path not in known]
    return PlannedSpecs(digests, changes, gone, dangling(path for path in graph.fetched_folders() if path.is_dir()))


def is_model(job: Job) -> bool:
    return job.result.endswith(f"/{MANIFEST}")


def spec_text(spec: Spec[JobSettings]) -> bytes:
    return json_text(spec.model_dump(mode="json", serialize_as_any=True)).encode()


class Fingerprints:
    """Of the code of jobs, of which most have the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], str] = {}

    def of(self, job: Job) -> Spec[JobSettings]:
        """The spec of a job, with its fingerprint."""
        code = (job.stage, *job.modules)
        if code not in self._known:
            self._known[code] = fingerprint(f"{job.stage}.py", job.modules)
        return job.spec.model_copy(update={"fingerprint": self._known[code]})


def planned_spec(codes: Fingerprints, job: Job, root: str, changed: Collection[str]) -> Spec[JobSettings]:
    """The whole spec of a job. `changed`: names of jobs that have to run."""
    spec = codes.of(job)
    return with_grader(spec, job, root, changed) if job.verdicts else spec


def _change(root: str, name: str, text: bytes, broken: str) -> SpecChange | None:
    path, entry = Path(root, "specs", f"{name}.json"), Path(root, "ledger", f"{name}.json")
    try:
        there, stamp = path.read_bytes(), path.stat().st_mtime_ns
    except FileNotFoundError:
        there, stamp = None, 0
    try:
        record = read_record(entry)
    except Damaged:
        return SpecChange(text, refuted=f"{entry} is damaged")
    if broken:
        return SpecChange(text, refuted=broken)
    if record is None:
        return None if there == text else SpecChange(text)
    if (file := changed_input(record)) is not None:
        return SpecChange(text, refuted=f"{file} is not what it was made of, though its time stamp is older")
    if record.spec == hashlib.sha256(text).hexdigest():
        return None if there == text and stamp <= record.ended else SpecChange(text, runs=False)
    if there == text and stamp <= record.ended:
        return SpecChange(text, refuted=f"by {entry}, it was made by another spec than {path}")
    return None if there == text else SpecChange(text)


def write_specs(graph: Graph, specs: PlannedSpecs) -> None:
    """Bring what is on disk up to date, as a build begins."""
    for folder in specs.dangling:
        shutil.rmtree(folder)
    for name, change in specs.changes.items():
        path = Path(graph.root, "specs", f"{name}.json")
        if change.runs and not change.refuted:
            keep_samples(graph.root, graph.jobs[name], change.text)
        if change.runs or not path.is_file() or path.read_bytes() != change.text:
            # Written by the hundred, and compared with the plan by the next command: a torn one is written again.
            with replacing(path, durable=False) as temporary:
                temporary.write_bytes(change.text)
    for path in specs.gone:
        path.unlink(missing_ok=True)
    write_service(graph)
    write_own_code(graph)
    write_seeds(graph.study, Path(graph.root))


def write_service(graph: Graph) -> None:
    path, settings = Path(graph.root, SERVICE_FILE), service_file(graph.study)
    if settings is None:
        path.unlink(missing_ok=True)
    else:
        write_json(path, settings.model_dump(mode="json"))


def write_own_code(graph: Graph) -> None:
    """Where jobs find the own code that they load; below the project root it is relative to that."""
    path = Path(graph.root, OWN_CODE_FILE)
    if any(is_own_module(module) for job in graph.jobs.values() for module in job.modules):
        write_json(path, {"folders": [as_written(folder) for folder in own_folders()]})
    else:
        path.unlink(missing_ok=True)


def is_current(output: str, spec: str | None, entry: str, inputs: Iterable[str]) -> bool:
    """Whether a job's output is there, made by the spec of this SHA-256, and no older than its inputs.

    Asked for while Snakemake makes its graph, where an exception would count as done: what cannot be read is not
    current.
    """
    try:
        made = os.stat(output).st_mtime_ns  # asked first, as of most jobs that are planned it is not there
        record = read_record(Path(entry))
        if record is None or spec != record.spec:
            return False
        return all(os.stat(file).st_mtime_ns <= made for file in inputs)
    except (Damaged, OSError):
        return False
