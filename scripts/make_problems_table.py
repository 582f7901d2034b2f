"""Write the table of a study's problem sets."""

from gradus.provenance.files import read_json, write_text
from gradus.provenance.job import Job, run
from gradus.reporting.problem_sets import count_overlaps, problems_table
from gradus.reporting.table_pages import markdown_page
from gradus.specs.problems import MakeProblemsTableSpec


def build(job: Job[MakeProblemsTableSpec]) -> None:
    summaries = [read_json(path) for path in job.files("summaries")]
    findings = [read_json(path) for path in job.files("training")]
    overlaps = count_overlaps(findings, read_json(job.path("benchmarks")))
    text = problems_table(summaries, overlaps)
    write_text(job.path("out"), text)
    write_text(job.path("html"), markdown_page("Problem sets", text))


if __name__ == "__main__":
    run(build, MakeProblemsTableSpec)
