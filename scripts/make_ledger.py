"""Collect what every job took, and what memory was planned for it."""

from pathlib import Path

from gradus.estimates.compared import planned_bytes
from gradus.estimates.study_specs import StudySpecs
from gradus.graph.stages import STAGES, read_specs
from gradus.provenance.files import write_text
from gradus.provenance.job import Job, run
from gradus.reporting.ledger import collect_ledger, ledger_csv
from gradus.reporting.table_pages import csv_page
from gradus.specs.reporting import MakeLedgerSpec


def build(job: Job[MakeLedgerSpec]) -> None:
    folder = Path(job.spec_path).parent
    study = StudySpecs(read_specs(folder), folder.parent)
    rows = collect_ledger(job.files("entries"), STAGES, lambda row: planned_bytes(study, row.name, row.gpu_memory))
    text = ledger_csv(rows)
    write_text(job.path("out"), text)
    write_text(job.path("html"), csv_page("Costs by job", text))


if __name__ == "__main__":
    run(build, MakeLedgerSpec)
