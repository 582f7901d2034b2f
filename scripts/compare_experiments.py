"""Compare experiments question by question."""

from gradus.evaluation.comparison_table import render_csv
from gradus.evaluation.comparisons import compare
from gradus.evaluation.verdicts import read_cells
from gradus.provenance.files import write_text
from gradus.provenance.job import Job, run
from gradus.reporting.table_pages import csv_page
from gradus.specs.evaluation import CompareExperimentsSpec


def build(job: Job[CompareExperimentsSpec]) -> None:
    settings = job.settings
    verdicts = read_cells(job.files("verdicts"))
    rows = compare(
        verdicts,
        runs=settings.runs,
        benchmarks=settings.benchmarks,
        compared=settings.compared,
        family=settings.family,
        margin=settings.margin,
    )
    text = render_csv(rows)
    write_text(job.path("out"), text)
    write_text(job.path("html"), csv_page("Paired comparisons", text))


if __name__ == "__main__":
    run(build, CompareExperimentsSpec)
