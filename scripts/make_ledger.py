"""Collect what every job took, and what memory was planned for it."""

from pathlib import Path

from gradus.estimates.compared import planned_bytes
from gradus.estimates.former_specs import study_of
from gradus.provenance.job import Job, run
from gradus.provenance.specs import read_specs
from gradus.reporting.ledger import write_ledger


def build(job: Job) -> None:
    folder = Path(job.spec_path).parent
    study = study_of(read_specs(folder), folder.parent)
    write_ledger(
        job.files("entries"),
        job.path("out"),
        lambda row: planned_bytes(study, row.name, row.gpu_memory),
    )


if __name__ == "__main__":
    run(build)
