"""Train a model by reinforcement learning on problems with checkable answers."""

from gradus.problems.table import read_problems
from gradus.provenance.job import Job, run
from gradus.specs.training import GrpoSpec
from gradus.training.backend import train


def build(job: Job[GrpoSpec]) -> None:
    files = job.files("problems")
    read = [*files, *job.files("held_out"), *job.files("reference")]
    train(job, [problem for path in files for problem in read_problems(path)], read)


if __name__ == "__main__":
    run(build, GrpoSpec)
