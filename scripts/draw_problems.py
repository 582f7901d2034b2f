"""Draw some problems of a set, for votes on a part of a benchmark: the same ones for every experiment."""

from gradus.problems.filters import filtered
from gradus.problems.table import read_problems, write_problems
from gradus.provenance.job import Job, run
from gradus.specs.problems import DrawProblemsSpec
from gradus.study.settings.problems import SubsetProblems


def build(job: Job[DrawProblemsSpec]) -> None:
    settings = job.settings
    problems = read_problems(job.path("of"))
    part = SubsetProblems(of=settings.set, size=min(settings.size, len(problems)))
    drawn = filtered(settings.set, problems, part, settings.seed)
    write_problems(job.path("out"), drawn)
    job.log(f"{len(drawn)} of {len(problems)} problems")


if __name__ == "__main__":
    run(build, DrawProblemsSpec)
