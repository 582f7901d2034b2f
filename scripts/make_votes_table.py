"""Collect all votes into one table."""

from gradus.evaluation.votes_table import render_csv, render_markdown
from gradus.provenance.files import read_json, write_text
from gradus.provenance.job import Job, run


def build(job: Job) -> None:
    votes = [read_json(path) for path in job.files("votes")]
    write_text(job.path("csv"), render_csv(votes))
    write_text(job.path("markdown"), render_markdown(votes, job.settings["titles"]))


if __name__ == "__main__":
    run(build)
