"""What of a study a job is for: an experiment, a model, a set of problems or traces, or a table."""

from collections.abc import Collection
from dataclasses import dataclass

from gradus.specs.derived import owner
from gradus.study.replicates import Run

EXPERIMENT = "experiment"
TABLE = "table"
OVERLAPS = "search for overlaps"

OF_RUNS = ("samples", "likelihoods", "eval", "votes", "lengths", "export")
"""Folders with one below for each training run."""

KINDS = {
    "problems": "problem set",
    "traces": "trace set",
    "tokenizers": "tokenizer",
    "corpora": "corpus",
    "models": "model",
}
"""By the folder of their results."""


@dataclass(frozen=True)
class Part:
    kind: str
    name: str

    def __str__(self) -> str:
        return self.name if self.kind in (EXPERIMENT, TABLE) else f"{self.kind} {self.name}".strip()


def part_of(job: str, experiments: Collection[str]) -> Part:
    """Of a job by its name, such as `samples/sft.seed-1/math500`."""
    folder, _, rest = job.partition("/")
    if folder == "hub":
        return part_of(rest, experiments)
    name = rest.partition("/")[0]
    if folder in OF_RUNS and name:
        return Part(EXPERIMENT, Run.named(name).experiment)
    if folder == "models" and (run := Run.named(owner(name)).experiment) in experiments:
        return Part(EXPERIMENT, run)
    if folder in KINDS and name:
        return Part(KINDS[folder], name.partition(".")[0])
    return Part(OVERLAPS, "") if folder == "contamination" else Part(TABLE, job)
