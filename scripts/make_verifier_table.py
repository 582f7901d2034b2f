"""Collect what is known of the verifier's scores into one table."""

from gradus.evaluation.verifiers import table as verifier_table
from gradus.evaluation.votes.counts import read_vote_counts
from gradus.provenance.files import write_text
from gradus.provenance.job import Job, run
from gradus.reporting.table_pages import markdown_page
from gradus.specs.evaluation import MakeVerifierTableSpec


def build(job: Job[MakeVerifierTableSpec]) -> None:
    votes = [read_vote_counts(path) for path in job.files("votes")]
    write_text(job.path("csv"), verifier_table.render_csv(votes))
    text = verifier_table.render_markdown(votes, job.settings.titles)
    write_text(job.path("markdown"), text)
    write_text(job.path("html"), markdown_page("Verifier", text))


if __name__ == "__main__":
    run(build, MakeVerifierTableSpec)
