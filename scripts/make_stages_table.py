"""The losses of the study's supervised fine-tunings, as CSV, Markdown and HTML."""

from gradus.evaluation import stages_table
from gradus.provenance.files import read_json_lines, write_text
from gradus.provenance.job import Job, run
from gradus.reporting.table_pages import markdown_page
from gradus.specs.evaluation import MakeStagesTableSpec


def build(job: Job[MakeStagesTableSpec]) -> None:
    settings = job.settings
    metrics = {path.parent.name: read_json_lines(path) for path in job.files("measured")}
    rows = [row for stage in settings.stages for row in stages_table.stage_rows(stage, metrics)]
    write_text(job.path("csv"), stages_table.render_csv(rows))
    text = stages_table.render_markdown(rows, settings.titles, settings.published_from)
    write_text(job.path("markdown"), text)
    write_text(job.path("html"), markdown_page("Stages of fine-tuning", text))


if __name__ == "__main__":
    run(build, MakeStagesTableSpec)
