"""Collect what every job took."""

from gradus.provenance.job import Job, run
from gradus.reporting.ledger import write_ledger


def build(job: Job) -> None:
    write_ledger(job.files("entries"), job.path("out"))


if __name__ == "__main__":
    run(build)
