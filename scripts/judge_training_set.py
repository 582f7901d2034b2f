"""Judge a training set by the benchmark problems that it holds: the verdict that training and sampling obey."""

from gradus.problems.contamination.policy import decided_by, refusal, rows_of
from gradus.provenance.files import read_json, write_json
from gradus.provenance.job import Job, run
from gradus.specs.contamination import JudgeTrainingSetSpec


def build(job: Job[JudgeTrainingSetSpec]) -> None:
    found, settings = read_json(job.path("found")), job.settings
    refused = None
    if failing := decided_by(found["pairs"], "fail", settings.policy, settings.near):
        training = f"{found['kind']}/{found['set']}"
        refused = refusal(training, found["rows"], failing, str(job.path("found")))
    write_json(job.path("out"), {"refused": refused})  # and no more: the same bytes whenever a set passes
    overlapping = len(rows_of(found["pairs"]))
    policies = f"policy: {settings.policy}, of near copies: {settings.near}"
    job.log(refused or f"{overlapping} of {found['rows']} rows hold benchmark problems; {policies}")


if __name__ == "__main__":
    run(build, JudgeTrainingSetSpec)
