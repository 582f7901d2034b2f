"""A job that samples a model on problem sets: an experiment on a benchmark, or a teacher for traces."""

from gradus.models.opened import open_model
from gradus.problems.joined import read_joined
from gradus.provenance.job import Job
from gradus.sampling.draw import draw_samples, open_sampler
from gradus.sampling.samples import write_samples
from gradus.specs.sampling import Drawn


def sample(job: Job[Drawn]) -> None:
    """Write the samples, in the order of the problems."""
    weights = job.files("weights")
    sets = job.files("problems")
    state = job.state_folder(*sets, *weights)
    model = open_model(weights)
    samples = draw_samples(job, open_sampler(job, model), read_joined(sets), state)
    model.check()  # it has not been exchanged meanwhile
    write_samples(job.path("out"), samples)
