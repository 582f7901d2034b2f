"""Judge a study's completions with other graders too."""

from gradus.evaluation.second_opinion import count_pairs, joined, render_csv, second_opinions, with_texts
from gradus.evaluation.verdicts import read_cells
from gradus.problems.table import read_problems
from gradus.provenance.files import write_json, write_text
from gradus.provenance.job import Job, run
from gradus.reporting.table_pages import csv_page
from gradus.sampling.samples import read_samples
from gradus.specs.evaluation import CompareGradersSpec


def build(job: Job[CompareGradersSpec]) -> None:
    settings = job.settings
    samples = {(path.parent.name, path.stem): path for path in job.files("samples")}
    verdicts = read_cells(job.files("verdicts"))
    by_run = {cell: with_texts(found, read_samples(samples[cell])) for cell, found in verdicts.items()}
    cells = {
        (experiment, benchmark): joined([by_run[run, benchmark] for run in runs])
        for experiment, runs in settings.runs.items()
        for benchmark, _ in settings.benchmarks
        if (runs[0], benchmark) in by_run
    }
    sets = {path.stem: {p.id: p.answer for p in read_problems(path)} for path in job.files("problems")}
    references = {name: sets[problems] for name, problems in settings.benchmarks}
    with job.progress(count_pairs(cells, references, settings.pairs), "pairs") as progress:
        benchmarks = second_opinions(
            cells, references, experiments=list(settings.runs), pairs=settings.pairs, judged=progress.update
        )
    write_json(job.path("out"), {"pairs": settings.pairs, "benchmarks": benchmarks})
    text = render_csv(benchmarks)
    write_text(job.path("csv"), text)
    write_text(job.path("html"), csv_page("Disagreements between graders", text))
    for each in benchmarks:
        job.log(f"{each['benchmark']}: {each['covered']} of {each['completions']} completions judged anew")


if __name__ == "__main__":
    run(build, CompareGradersSpec)
