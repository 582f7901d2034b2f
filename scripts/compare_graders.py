"""Other graders on a study's answers."""

from gradus.evaluation.second_opinion import count_pairs, render_csv, second_opinions
from gradus.evaluation.verdicts import read_cells
from gradus.problems.table import read_problems
from gradus.provenance.files import write_json, write_text
from gradus.provenance.job import Job, run


def build(job: Job) -> None:
    settings = job.settings
    cells = read_cells(job.files("verdicts"))
    sets = {path.stem: {p.id: p.answer for p in read_problems(path)} for path in job.files("problems")}
    golds = {name: sets[problems] for name, problems in settings["benchmarks"]}
    pairs = settings["pairs"]
    with job.progress(count_pairs(cells, golds, pairs), "pairs") as progress:
        benchmarks = second_opinions(
            cells, golds, experiments=settings["experiments"], pairs=pairs, judged=progress.update
        )
    write_json(job.path("out"), {"pairs": pairs, "benchmarks": benchmarks})
    write_text(job.path("csv"), render_csv(benchmarks))
    for each in benchmarks:
        job.log(f"{each['benchmark']}: {each['covered']} of {each['answers']} answers judged anew")


if __name__ == "__main__":
    run(build)
