"""The lengths of all completions, by what became of them."""

from gradus.evaluation.completion_lengths import length_rows, render_csv
from gradus.evaluation.verdicts import pooled_cells, read_cells
from gradus.provenance.files import write_text
from gradus.provenance.job import Job, run
from gradus.reporting.table_pages import csv_page
from gradus.specs.evaluation import MeasureCompletionsSpec


def build(job: Job[MeasureCompletionsSpec]) -> None:
    cells = pooled_cells(read_cells(job.files("verdicts")), job.settings.runs)
    order = [(e, b) for e in job.settings.runs for b in job.settings.benchmarks]
    text = render_csv(row for cell in order if cell in cells for row in length_rows(*cell, cells[cell]))
    write_text(job.path("csv"), text)
    write_text(job.path("html"), csv_page("Lengths of completions", text))


if __name__ == "__main__":
    run(build, MeasureCompletionsSpec)
