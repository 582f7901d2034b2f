"""Results that were copied without their time stamps (`cp -r`, a download), or have lost Snakemake's records.

Snakemake then takes the order in which files were copied for that in which they were made, and would make them again.
The records in `ledger/` say better: by which spec a result was made, and of which files, by digest and time stamp.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from gradus.graph.graph import Graph
from gradus.graph.job import Job
from gradus.graph.profile_limits import job_name
from gradus.graph.spec_files import PlannedSpecs
from gradus.models.manifest import MANIFEST
from gradus.provenance.errors import GradusError
from gradus.provenance.files import sha256_file
from gradus.provenance.records import Damaged, Record, read_record


def copied_lines(workflow: Any, graph: Graph, specs: PlannedSpecs, study_file: Path) -> Iterator[str]:
    """To be read after a dry-run: what to do where a result would be made again for time stamps alone."""
    if workflow.dag is None:
        return
    jobs = list(workflow.dag.needrun_jobs(exclude_finished=False))
    made = {str(file) for job in jobs for file in job.output}
    for job in jobs:
        name, reason = job_name(job), workflow.dag.reason(job)
        planned_again = specs.changes.get(name)
        if not reason.updated_input or reason.forced or (planned_again and planned_again.runs):
            continue
        record = _record(graph, name)
        read_anew = any(str(file) in made for file in job.input)
        if record and not read_anew and record.spec == specs.digests.get(name) and _has_sizes(record):
            yield (
                f"{name} and others would be made again for time stamps alone, as of results that were copied; to keep "
                f"what is still as it was made: snakemake adopt --configfile {study_file}"
            )
            return


def restore_times(graph: Graph) -> int:
    """Give files of the study back the time stamps of their records, or of what they were made of; returns how many.

    Only to files whose content is the recorded one, and to outputs of jobs that read the same: all others keep theirs.
    """
    records = {name: record for name in graph.jobs if (record := _record(graph, name)) is not None}
    restored: set[str] = set()
    for record in records.values():
        for file, known in record.inputs.items():
            with suppress(OSError, GradusError):  # one that is gone or cannot be read is for its reader to miss
                if file.startswith(f"{graph.root}/") and known.is_at(file) and _set_back(file, known.time):
                    restored.add(file)
    for name, record in records.items():
        result, spec = Path(graph.jobs[name].result), Path(graph.root, "specs", f"{name}.json")
        if not (_reads_the_same(record) and result.exists()):
            continue
        made = max((known.time for known in record.inputs.values()), default=result.stat().st_mtime_ns)
        for path in outputs_of(graph, graph.jobs[name]):
            if path not in restored and os.path.exists(path) and _set_back(path, made):
                restored.add(path)
        if spec.is_file() and sha256_file(spec) == record.spec and _set_back(str(spec), result.stat().st_mtime_ns):
            restored.add(str(spec))
    return len(restored)


def age_specs(graph: Graph) -> None:
    """Make the specs of jobs whose results are not there as old as the oldest result that is.

    Snakemake compares them with the results of later jobs too: a younger one is a reason to make what nobody asks for,
    and then what was made of it elsewhere.
    """
    made = [Path(job.result) for job in graph.jobs.values()]
    oldest = min((path.stat().st_mtime_ns for path in made if path.exists()), default=None)
    if oldest is None:
        return
    for job in graph.jobs.values():
        spec = Path(graph.root, "specs", f"{job.name}.json")
        if spec.is_file() and not Path(job.result).exists():
            _set_back(str(spec), oldest)


def outputs_of(graph: Graph, job: Job) -> Iterator[str]:
    """The files that a job may have left, there or not."""
    result = Path(job.result)
    if result.name == MANIFEST:
        yield from (str(path) for path in sorted(result.parent.glob("*")) if path.is_file())
    yield from (str(result), f"{graph.root}/ledger/{job.name}.json", f"{graph.root}/benchmarks/{job.name}.tsv")
    for suffix in (".summary.json", ".verdicts.parquet"):
        yield str(result.with_suffix(suffix))


def _record(graph: Graph, name: str) -> Record | None:
    try:
        return read_record(Path(graph.root, "ledger", f"{name}.json"))
    except Damaged:
        return None


def _has_sizes(record: Record) -> bool:
    """Whether its inputs may be the same: to read large ones takes longer than a dry-run."""
    return all(os.path.isfile(file) and os.path.getsize(file) == known.size for file, known in record.inputs.items())


def _reads_the_same(record: Record) -> bool:
    try:
        return all(known.is_at(file) for file, known in record.inputs.items())
    except (OSError, GradusError):
        return False


def _set_back(file: str, time: int) -> bool:
    """Whether the file was newer."""
    found = os.stat(file)
    if found.st_mtime_ns <= time:
        return False
    os.utime(file, ns=(found.st_atime_ns, time))
    return True
