"""Settings of the jobs that make, check and list problem sets."""

from gradus.specs.base import JobSettings, Outside, Pinned, Plugin


class MakeProblemsSpec(JobSettings):
    """`problems`: the set's own settings, which its source reads. `outside` or `hub`: where its rows come from."""

    set: str
    seed: int
    problems: Plugin
    outside: Outside | None = None
    hub: Pinned | None = None


def drawn_name(problems: str) -> str:
    """The name of what is drawn from a problem set for votes. No set of a study has a name with a dot."""
    return f"{problems}.votes"


class DrawProblemsSpec(JobSettings):
    """`size` problems of a set, or all where it has fewer."""

    set: str
    size: int
    seed: int


class CheckReferencesSpec(JobSettings):
    sets: list[str]


class MakeProblemsTableSpec(JobSettings):
    sets: list[str]
