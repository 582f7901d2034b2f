"""Settings of the jobs that make, check and list problem sets."""

from gradus.specs.base import JobSettings, Outside, Pinned, Plugin
from gradus.study.settings.evaluation import Grading
from gradus.study.settings.problems import PassRates, SubsetProblems


class MakeProblemsSpec(JobSettings):
    """`problems`: the set's own settings, which its source reads. `steps`: whether a reward needs the intermediate
    results of its solutions. `outside` or `hub`: where its rows come from."""

    set: str
    seed: int
    problems: Plugin
    steps: bool = False
    outside: Outside | None = None
    hub: Pinned | None = None


class KeepProblemsSpec(JobSettings):
    """A set whose problems are chosen by how often a model solves them.

    `problems`: the set's own settings. `pass_rate`: the lowest and the highest that is kept. `by`: the model or
    experiment that was asked. `grader`: fingerprint of the grading code.
    """

    set: str
    seed: int
    problems: SubsetProblems
    pass_rate: PassRates
    by: str
    grading: Grading
    grader: str = ""


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
