"""Draw a problem set, or filter one."""

from gradus.problems.pocket.generate import generate_problems
from gradus.problems.table import read_problems, write_problems
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job, run


def build(job: Job) -> None:
    settings = job.settings
    if settings["source"] == "subset":
        source = read_problems(job.path("of"))
        problems = [problem for problem in source if problem.level in settings["levels"]]
        if not problems:
            raise GradusError(f"{job.path('of')}: no problem of levels {settings['levels']}; change levels")
    else:
        problems = generate_problems(
            name=settings["set"],
            split=settings["split"],
            size=settings["size"],
            levels=settings["levels"],
            family=settings["wording"],
            seed=settings["seed"],
        )
    write_problems(job.path("out"), problems)
    job.log(f"{len(problems)} problems")


if __name__ == "__main__":
    run(build)
