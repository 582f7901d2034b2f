"""Ask a model the problems of a set, to choose among them by how often it solves them."""

from gradus.problems.filters import filtered
from gradus.problems.joined import read_joined
from gradus.provenance.job import Job, run
from gradus.sampling.job import sample_problems
from gradus.specs.sampling import Drawn, SampleProblemsSpec


def build(job: Job[Drawn]) -> None:
    settings = job.settings
    assert isinstance(settings, SampleProblemsSpec)  # as below
    sample_problems(job, filtered(settings.set, read_joined(job.files("problems")), settings.filters, settings.seed))


if __name__ == "__main__":
    run(build, SampleProblemsSpec)
