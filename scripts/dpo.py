"""Train a model to prefer right solutions to wrong ones."""

from gradus.provenance.job import Job, run
from gradus.specs.training import DpoSpec
from gradus.traces.table import read_traces
from gradus.training.backend import train


def build(job: Job[DpoSpec]) -> None:
    files = job.files("traces")
    train(job, [trace for path in files for trace in read_traces(path)], files)


if __name__ == "__main__":
    run(build, DpoSpec)
