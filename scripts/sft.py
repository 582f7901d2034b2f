"""Fine-tune a model on traces."""

from gradus.provenance.job import Job, run
from gradus.specs.training import SftSpec
from gradus.study.settings.training import trace_weights
from gradus.traces.table import read_sets
from gradus.training.backend import train


def build(job: Job[SftSpec]) -> None:
    files = job.files("traces")
    train(job, read_sets(trace_weights(job.settings.traces), files), files)


if __name__ == "__main__":
    run(build, SftSpec)
