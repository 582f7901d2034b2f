"""Collect all votes into one table with tests, and pass@k with its gap into another."""

from gradus.evaluation import pass_csv, pass_table
from gradus.evaluation.pass_at_k import curve_of
from gradus.evaluation.votes import rows as votes_csv
from gradus.evaluation.votes import table as votes_table
from gradus.evaluation.votes.counts import CellCounts, read_vote_counts
from gradus.evaluation.votes.gains import cells_with_gains
from gradus.provenance.files import write_text
from gradus.provenance.job import Job, run
from gradus.reporting.table_pages import markdown_page
from gradus.specs.evaluation import MakeVotesTableSpec


def build(job: Job[MakeVotesTableSpec]) -> None:
    settings = job.settings
    read = iter([read_vote_counts(path) for path in job.files("votes")])
    counts = [CellCounts(voted.experiment, voted.trained, [next(read) for _ in voted.runs]) for voted in settings.votes]
    titles, published, source = settings.titles, settings.published, settings.published_from
    cells = cells_with_gains(counts, published)
    write_text(job.path("csv"), votes_csv.render_csv(cells))
    text = votes_table.render_markdown(cells, titles, published, source)
    _write(job, "Votes", ("markdown", "html"), text)
    curves = [curve_of(own, settings.temperature, published) for own in counts]
    write_text(job.path("pass_csv"), pass_csv.render_csv(curves))
    text = pass_table.render_markdown(curves, titles, published, source)
    _write(job, "Pass@k", ("pass_markdown", "pass_html"), text)


def _write(job: Job[MakeVotesTableSpec], title: str, roles: tuple[str, str], text: str) -> None:
    markdown, html = roles
    write_text(job.path(markdown), text)
    write_text(job.path(html), markdown_page(title, text))


if __name__ == "__main__":
    run(build, MakeVotesTableSpec)
