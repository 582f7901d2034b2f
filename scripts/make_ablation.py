"""The ablation table, as CSV, Markdown, HTML and JSON."""

from gradus.evaluation import ablation_csv, part_tables
from gradus.evaluation.ablation import build as build_table
from gradus.evaluation.ablation_table import render_markdown
from gradus.evaluation.answers import all_answers
from gradus.evaluation.comparison_table import read_csv
from gradus.evaluation.scores import read_score
from gradus.evaluation.verdicts import read_cells
from gradus.provenance.files import write_json, write_text
from gradus.provenance.job import Job, run
from gradus.reporting.table_pages import markdown_page
from gradus.specs.evaluation import MakeAblationSpec


def build(job: Job[MakeAblationSpec]) -> None:
    settings = job.settings
    runs = {experiment.name: experiment.runs for experiment in settings.experiments}
    scores = {(path.parent.name, path.stem): read_score(path) for path in job.files("evals")}
    comparisons = read_csv(job.path("comparisons"))
    table = build_table(settings, scores, all_answers(read_cells(job.files("verdicts")), runs), comparisons)
    write_text(job.path("csv"), ablation_csv.render(table))
    markdown = render_markdown(table, comparisons, settings.family)
    if by_part := part_tables.render(table):
        markdown += f"\n{by_part}"
    write_text(job.path("markdown"), markdown)
    write_text(job.path("html"), markdown_page("Ablation", markdown))
    write_json(job.path("json"), table)


if __name__ == "__main__":
    run(build, MakeAblationSpec)
