"""Compare experiments question by question."""

from gradus.evaluation.comparisons import compare, render_csv
from gradus.evaluation.verdicts import read_cells
from gradus.provenance.files import write_text
from gradus.provenance.job import Job, run


def build(job: Job) -> None:
    settings = job.settings
    verdicts = read_cells(job.files("verdicts"))
    rows = compare(
        verdicts,
        experiments=settings["experiments"],
        benchmarks=settings["benchmarks"],
        baseline=settings["baseline"],
        neighbours=[tuple(pair) for pair in settings["pairs"]],
        seed=settings["seed"],
    )
    write_text(job.path("out"), render_csv(rows))


if __name__ == "__main__":
    run(build)
