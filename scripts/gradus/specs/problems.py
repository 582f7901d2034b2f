"""Settings of the jobs that make, check and list problem sets."""

from gradus.specs.base import JobSettings, Outside, Pinned, Plugin


class MakeProblemsSpec(JobSettings):
    """`problems`: the set's own settings, which its source reads. `outside` or `hub`: where its rows come from."""

    set: str
    seed: int
    problems: Plugin
    outside: Outside | None = None
    hub: Pinned | None = None


class CheckReferencesSpec(JobSettings):
    sets: list[str]


class MakeProblemsTableSpec(JobSettings):
    sets: list[str]
