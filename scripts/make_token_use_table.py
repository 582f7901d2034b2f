"""How much each experiment uses domain tokens, as CSV, Markdown and HTML."""

from gradus.evaluation import token_use
from gradus.evaluation.scores import read_score
from gradus.provenance.files import write_text
from gradus.provenance.job import Job, run
from gradus.reporting.table_pages import markdown_page
from gradus.specs.evaluation import MakeTokenUseTableSpec


def build(job: Job[MakeTokenUseTableSpec]) -> None:
    settings = job.settings
    scores = {(path.parent.name, path.stem): read_score(path) for path in job.files("evals")}
    rows = list(token_use.use_rows(scores, settings.runs, settings.benchmarks))
    write_text(job.path("csv"), token_use.render_csv(rows))
    text = token_use.render_markdown(rows, settings.titles, settings.published, settings.published_from)
    write_text(job.path("markdown"), text)
    write_text(job.path("html"), markdown_page("Domain tokens", text))


if __name__ == "__main__":
    run(build, MakeTokenUseTableSpec)
