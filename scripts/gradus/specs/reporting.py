"""Settings of the jobs that tell what was built."""

from pydantic import Field

from gradus.specs.base import JobSettings
from gradus.specs.evaluation import Table
from gradus.study.settings.published import PublishedNumber


class MakeLedgerSpec(JobSettings):
    """All of it is in the entries that it reads."""


class MakeReportSpec(Table):
    """`problem_sets`: of each benchmark. `votes`: whether the study votes.

    `best`: of experiments that are or start from a best checkpoint, its name below models/ in each training run.
    `published_costs`: experiment -> measure, a key of `reference_costs` -> what was published.
    """

    models: list[str]
    traces: list[str]
    votes: bool
    problem_sets: dict[str, str]
    best: dict[str, list[str]] = Field(default_factory=dict)
    published_costs: dict[str, dict[str, PublishedNumber]] = Field(default_factory=dict)
