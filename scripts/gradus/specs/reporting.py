"""Settings of the jobs that tell what was built."""

from gradus.specs.base import JobSettings
from gradus.specs.evaluation import Table


class MakeLedgerSpec(JobSettings):
    """All of it is in the entries that it reads."""


class MakeReportSpec(Table):
    """`problem_sets`: of each benchmark. `votes`: whether the study votes."""

    models: list[str]
    traces: list[str]
    votes: bool
    problem_sets: dict[str, str]
