"""Samples that stay when a study asks for another number of them and for nothing else."""

import hashlib
from pathlib import Path

from gradus.graph.job import Job
from gradus.provenance.errors import GradusError
from gradus.provenance.records import Damaged, changed_input, read_record
from gradus.sampling.former import but_for_the_number, keep_former
from gradus.specs.sampling import Drawn


def keep_samples(root: str, job: Job, planned: bytes) -> None:
    """Keep what a job that is to run has drawn before, where nothing but the number of samples has changed.

    planned: its new spec. Called before that is written, as a build begins.
    """
    if not isinstance(job.settings, Drawn):
        return
    path, entry = Path(root, "specs", f"{job.name}.json"), Path(root, "ledger", f"{job.name}.json")
    try:
        spec, record = path.read_bytes(), read_record(entry)
        if record is None or not Path(job.result).is_file() or changed_input(record) is not None:
            return
        if record.spec == _digest(spec) and but_for_the_number(spec) == but_for_the_number(planned):
            digests = {file: known.sha256 for file, known in record.inputs.items()}
            keep_former(Path(root), job.name, spec, digests, Path(job.result))
    except (FileNotFoundError, Damaged, GradusError, KeyError):
        return  # there is no such result, or none whose record can be trusted: everything is drawn


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
