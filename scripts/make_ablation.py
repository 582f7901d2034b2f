"""The ablation table, as CSV, Markdown, HTML and JSON."""

from gradus.evaluation.ablation import build as build_table
from gradus.evaluation.ablation import render_csv, render_markdown
from gradus.evaluation.comparisons import read_csv, typical_correlation
from gradus.evaluation.verdicts import read_cells
from gradus.provenance.files import read_json, write_json, write_text
from gradus.provenance.job import Job, run
from gradus.reporting.table_pages import markdown_page
from gradus.specs.evaluation import MakeAblationSpec


def build(job: Job[MakeAblationSpec]) -> None:
    settings = job.settings
    verdicts = read_cells(job.files("verdicts"))
    names = [benchmark["name"] for benchmark in settings["benchmarks"]]
    experiments = [experiment["name"] for experiment in settings["experiments"]]
    table = build_table(
        study=settings["study"],
        benchmarks=settings["benchmarks"],
        experiments=settings["experiments"],
        evals={(path.parent.name, path.stem): read_json(path) for path in job.files("evals")},
        comparisons=read_csv(job.path("comparisons")),
        baseline=settings["baseline"],
        correlation=typical_correlation(
            verdicts, experiments=experiments, benchmarks=names, baseline=settings["baseline"]
        ),
        published_from=settings.get("published_from", ""),
    )
    write_text(job.path("csv"), render_csv(table))
    markdown = render_markdown(table)
    write_text(job.path("markdown"), markdown)
    write_text(job.path("html"), markdown_page("Ablation", markdown))
    write_json(job.path("json"), table)


if __name__ == "__main__":
    run(build, MakeAblationSpec)
