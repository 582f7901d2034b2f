"""Settings of the jobs that make the ledger and the report."""

from pydantic import Field

from gradus.specs.base import JobSettings
from gradus.specs.evaluation import Table
from gradus.study.settings.published import PublishedNumber


class MakeLedgerSpec(JobSettings):
    """It has none: a ledger is made of the entries alone."""


class MakeReportSpec(Table):
    """`problem_sets`: of each benchmark. `votes`: whether the study votes.

    `best`: for each experiment that is or starts from a best checkpoint, the names of these checkpoints below models/.
    `published_costs`: experiment -> key of `reference_costs` -> published number.
    """

    models: list[str]
    traces: list[str]
    votes: bool
    problem_sets: dict[str, str]
    best: dict[str, list[str]] = Field(default_factory=dict)
    published_costs: dict[str, dict[str, PublishedNumber]] = Field(default_factory=dict)
