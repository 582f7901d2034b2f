"""Train a model by reinforcement learning on problems with checkable answers."""

from gradus.problems.table import read_problems
from gradus.provenance.job import Job, run
from gradus.specs.training import GrpoSpec
from gradus.training.backend import train


def build(job: Job[GrpoSpec]) -> None:
    train(job, read_problems(job.path("problems")), [*job.files("problems"), *job.files("held_out")])


if __name__ == "__main__":
    run(build, GrpoSpec)
