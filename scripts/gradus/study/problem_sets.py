"""The problem sets that a study may have: those of the sources in `problems/sources/`, subsets of others, and those of
own code.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field

from gradus.problems.named import SOURCES as FOLDER
from gradus.problems.named import problem_source
from gradus.problems.source import GeneratedSource, PublishedSource
from gradus.study.chains import chain
from gradus.study.settings.own_modules import is_own
from gradus.study.settings.own_values import OrOwn
from gradus.study.settings.plugins import plugins
from gradus.study.settings.problems import ProblemSettings, PublishedProblems, SubsetProblems

SOURCES: dict[str, PublishedSource[Any] | GeneratedSource[Any]] = {
    name: module.SOURCE for name, module in plugins(FOLDER).items()
}

if TYPE_CHECKING:
    ProblemSet = ProblemSettings
else:
    _KINDS = (SubsetProblems, *(source.settings for source in SOURCES.values()))
    _OWN = OrOwn("source", lambda name: problem_source(name).settings)
    ProblemSet = Annotated[Union[_KINDS], Field(discriminator="source"), _OWN]  # noqa: UP007 no other spelling of a list


def published_source(settings: PublishedProblems) -> PublishedSource[Any]:
    """What a published set comes from."""
    source = problem_source(settings.source)
    assert isinstance(source, PublishedSource)
    return source


def chain_of(problems: Mapping[str, ProblemSet], name: str) -> list[str]:
    """The set itself, the one that it is a subset of, and so on.

    It ends with a name that is not there, or that it has already, where the study is wrong about these."""

    def made_of(name: str) -> str | None:
        settings = problems.get(name)
        return settings.of if isinstance(settings, SubsetProblems) else None

    return chain(name, made_of)


def origin_of(problems: Mapping[str, ProblemSet], name: str) -> str | None:
    """The set itself, or that which it is a subset of, of however many subsets; None where this is not there."""
    *_, origin = chain_of(problems, name)
    return None if isinstance(problems.get(origin), SubsetProblems) else origin if origin in problems else None


def lacks_solutions(problems: Mapping[str, ProblemSet], name: str) -> str:
    """That the source of a set has no worked solutions, and which have; empty where it has, or the set is not there."""
    origin = origin_of(problems, name)
    if origin is None or problem_source(problems[origin].source).has_solutions:
        return ""
    solved = ", ".join(source for source, about in SOURCES.items() if about.has_solutions)
    return f"{problems[origin].source} has no worked solutions; sets of {solved} have"


def lacks_annotations(problems: Mapping[str, ProblemSet], name: str) -> str:
    """That the solutions of a set have no marks of intermediate results, and whose have; empty where they have."""
    origin = origin_of(problems, name)
    if origin is None or getattr(problem_source(problems[origin].source), "annotated", None) is not None:
        return ""
    marked = ", ".join(source for source, about in SOURCES.items() if getattr(about, "annotated", None) is not None)
    return f"solutions of {problems[origin].source} have no annotations; those of {marked} have"


def has_clusters(problems: Mapping[str, ProblemSet], name: str) -> bool:
    """Whether the problems of a set say which belong together; of a source of the study's own its problems tell."""
    origin = origin_of(problems, name)
    settings = None if origin is None else problems[origin]
    columns = getattr(settings, "columns", None)
    return settings is None or is_own(settings.source) or getattr(columns, "cluster", None) is not None
