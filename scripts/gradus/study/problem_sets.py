"""The problem sets that a study may have: those of the sources in `problems/sources/`, and subsets of others."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field

from gradus.problems.source import GeneratedSource, PublishedSource
from gradus.study.settings.plugins import plugins
from gradus.study.settings.problems import ProblemSettings, PublishedProblems, SubsetProblems

SOURCES: dict[str, PublishedSource[Any] | GeneratedSource[Any]] = {
    name: module.SOURCE for name, module in plugins("gradus.problems.sources").items()
}

if TYPE_CHECKING:
    ProblemSet = ProblemSettings
else:
    _KINDS = (SubsetProblems, *(source.settings for source in SOURCES.values()))
    ProblemSet = Annotated[Union[_KINDS], Field(discriminator="source")]  # noqa: UP007 no other spelling of a list


def published_source(settings: PublishedProblems) -> PublishedSource[Any]:
    """What a published set comes from."""
    source = SOURCES[settings.source]
    assert isinstance(source, PublishedSource)
    return source


def origin_of(problems: Mapping[str, ProblemSet], name: str) -> str | None:
    """The set itself, or that which it is a subset of; None where this is not there."""
    settings = problems[name]
    origin = settings.of if isinstance(settings, SubsetProblems) else name
    return origin if origin in problems else None
