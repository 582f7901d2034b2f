"""Measure how likely an experiment finds the options of a benchmark's problems."""

from gradus.evaluation.likelihoods.measuring import measure, open_reader
from gradus.evaluation.likelihoods.options import write_likelihoods
from gradus.models.opened import open_model
from gradus.problems.table import read_problems
from gradus.provenance.job import Job, run
from gradus.specs.sampling import MeasureLikelihoodsSpec


def build(job: Job[MeasureLikelihoodsSpec]) -> None:
    weights, problems_file = job.files("weights"), job.path("problems")
    state = job.state_folder(problems_file, *weights)
    model = open_model(weights)
    rows = measure(job, open_reader(job, model, state), read_problems(problems_file), state)
    model.check()  # it has not been exchanged meanwhile
    write_likelihoods(job.path("out"), rows)


if __name__ == "__main__":
    run(build, MeasureLikelihoodsSpec)
