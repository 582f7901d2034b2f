"""Collect all votes into one table."""

from gradus.evaluation.votes_table import read_votes, render_csv, render_markdown
from gradus.provenance.files import write_text
from gradus.provenance.job import Job, run
from gradus.reporting.table_pages import markdown_page
from gradus.specs.evaluation import MakeVotesTableSpec


def build(job: Job[MakeVotesTableSpec]) -> None:
    votes = [read_votes(path) for path in job.files("votes")]
    settings = job.settings
    write_text(job.path("csv"), render_csv(votes, settings.published))
    text = render_markdown(votes, settings.titles, published=settings.published, source=settings.published_from)
    write_text(job.path("markdown"), text)
    write_text(job.path("html"), markdown_page("Votes", text))


if __name__ == "__main__":
    run(build, MakeVotesTableSpec)
