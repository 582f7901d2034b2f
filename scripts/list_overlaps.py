"""List all overlaps of a study: what was found in training sets, and between benchmarks."""

from gradus.problems.contamination.listing import as_csv, listing
from gradus.provenance.files import read_json, write_json, write_text
from gradus.provenance.job import Job, run
from gradus.reporting.table_pages import csv_page
from gradus.specs.contamination import ListOverlapsSpec


def build(job: Job[ListOverlapsSpec]) -> None:
    training = [read_json(path) for path in job.files("training")]
    table = listing(job.settings, training, read_json(job.path("benchmarks")))
    write_json(job.path("json"), table)
    text = as_csv(table)
    write_text(job.path("csv"), text)
    write_text(job.path("html"), csv_page("Contamination", text))
    job.log(f"{sum(row['overlapping'] for row in table['training'])} rows of training sets hold benchmark problems")


if __name__ == "__main__":
    run(build, ListOverlapsSpec)
