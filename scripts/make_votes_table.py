"""Collect all votes into one table, and pass@k with its gap into another."""

from gradus.evaluation import pass_table, votes_table
from gradus.provenance.files import write_text
from gradus.provenance.job import Job, run
from gradus.reporting.table_pages import markdown_page
from gradus.specs.evaluation import MakeVotesTableSpec


def build(job: Job[MakeVotesTableSpec]) -> None:
    votes = [votes_table.read_votes(path) for path in job.files("votes")]
    settings = job.settings
    titles, published, source = settings.titles, settings.published, settings.published_from
    write_text(job.path("csv"), votes_table.render_csv(votes, published))
    text = votes_table.render_markdown(votes, titles, published=published, source=source)
    _write(job, "Votes", ("markdown", "html"), text)
    curves = [pass_table.curve_of(entry, settings.temperature) for entry in votes]
    write_text(job.path("pass_csv"), pass_table.render_csv(curves))
    text = pass_table.render_markdown(curves, titles, published=published, source=source)
    _write(job, "Pass@k", ("pass_markdown", "pass_html"), text)


def _write(job: Job[MakeVotesTableSpec], title: str, roles: tuple[str, str], text: str) -> None:
    markdown, html = roles
    write_text(job.path(markdown), text)
    write_text(job.path(html), markdown_page(title, text))


if __name__ == "__main__":
    run(build, MakeVotesTableSpec)
