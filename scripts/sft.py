"""Fine-tune a model on traces."""

from gradus.provenance.job import Job, run
from gradus.specs.training import SftSpec
from gradus.traces.table import read_traces
from gradus.training.backend import train


def build(job: Job[SftSpec]) -> None:
    files = job.files("traces")
    train(job, [trace for path in files for trace in read_traces(path)], files)


if __name__ == "__main__":
    run(build, SftSpec)
