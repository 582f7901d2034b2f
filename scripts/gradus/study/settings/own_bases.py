"""What the settings of problem sources and trace kinds of own code are made of: the keys that all sets have."""

from pydantic import Field

from gradus.study.settings.base import Name
from gradus.study.settings.downloads import files_field, repo_field
from gradus.study.settings.problems import ProblemSettings, PublishedProblems
from gradus.study.settings.traces import ProblemTraces, PublishedTraces

FILES = ("*.jsonl", "*.parquet", "*.csv", "*.tsv", "*.json", "*.arrow")


class GeneratedProblems(ProblemSettings):
    """Problems that a function draws with a seed."""


class ProblemsFromRows(PublishedProblems):
    """Problems that a function finds in the rows of a file or of a data set of the hub."""

    repo: str = repo_field("")
    files: list[str] = files_field(*FILES)
    licence: str = Field("", description="Its licence, for the table of problem sets; empty: not stated.")


class TracesFromProblems(ProblemTraces):
    """Solutions that a function works out for the problems of a set."""

    problems: Name = Field(description="The problem set; its filters hold here too.")


class TracesFromRows(PublishedTraces):
    """Solutions that a function finds in the rows of a file or of a data set of the hub."""

    repo: str = repo_field("")
    files: list[str] = files_field(*FILES)
