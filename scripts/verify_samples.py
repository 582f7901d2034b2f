"""Have a verifier score the samples that an experiment votes with."""

from gradus.evaluation.verifiers.reading import open_chooser, verify
from gradus.evaluation.verifiers.scores import write_scores
from gradus.models.opened import open_model
from gradus.problems.table import read_problems
from gradus.provenance.job import Job, run
from gradus.sampling.samples import read_samples
from gradus.specs.sampling import VerifySamplesSpec


def build(job: Job[VerifySamplesSpec]) -> None:
    weights, samples_file, problems_file = job.files("weights"), job.path("samples"), job.path("problems")
    state = job.state_folder(samples_file, problems_file, *weights)
    model = open_model(weights)
    samples = read_samples(samples_file)
    scores = verify(job, open_chooser(job, model), read_problems(problems_file), samples, state)
    model.check()  # it has not been exchanged meanwhile
    write_scores(job.path("out"), samples, scores)


if __name__ == "__main__":
    run(build, VerifySamplesSpec)
