"""A job that samples a model on problem sets: an experiment on a benchmark, or a teacher for traces."""

from gradus.models.opened import open_model
from gradus.problems.joined import read_joined
from gradus.problems.problem import Problem
from gradus.provenance.job import Job
from gradus.sampling.draw import draw_samples, open_sampler
from gradus.sampling.former import drawn_before
from gradus.sampling.samples import write_samples
from gradus.specs.sampling import Drawn


def sample(job: Job[Drawn]) -> None:
    """Ask all problems of the sets that the job reads, joined."""
    sample_problems(job, read_joined(job.files("problems")))


def sample_problems(job: Job[Drawn], problems: list[Problem]) -> None:
    """Write the samples of these problems, in their order."""
    weights, former = job.files("weights"), drawn_before(job)
    known = [former.file] if former.file else []
    state = job.state_folder(*job.files("problems"), *weights, *known)
    if former.each:
        job.log(f"{former.each} samples of each problem were drawn before")
    if former.each < job.settings.samples:
        model = open_model(weights)
        samples = draw_samples(job, open_sampler(job, model), problems, state, former)
        model.check()  # it has not been exchanged meanwhile
    else:
        samples = [sample for problem in problems for sample in former.samples[problem.id][: job.settings.samples]]
    write_samples(job.path("out"), samples)
