"""What a source of published traces declares. Each module of `traces/sources/` has one, as SOURCE, named as its kind.

Planning loads these modules for every command, so they import nothing large.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from gradus.problems.problem import Problem
from gradus.specs.prompts import PromptSpec
from gradus.study.settings.traces import Rendering
from gradus.traces.candidate import Found

CALLS = "gradus.traces.calls"
"""The module that a job loads by name where steps become calls. Others are not made anew where a tool changes."""

T = TypeVar("T", bound=Rendering)
Keep = Literal["shortest", "first", "all"]


@dataclass(frozen=True)
class Reading:
    """What a trace set is read from.

    name: the set's.
    raw: the file or folder with its rows; None where they are generated.
    prompt: what a question is asked with.
    problems: of the problem set whose solutions are taken, those that its filters kept; in other sets none.
    problem_settings: what the source of these problems reads, with its seed.
    """

    name: str
    raw: Path | None
    prompt: PromptSpec
    problems: Sequence[Problem] = ()
    problem_settings: Mapping[str, Any] | None = None

    @property
    def file(self) -> Path:
        """`raw`, of a set that is never generated."""
        assert self.raw is not None
        return self.raw


@dataclass(frozen=True)
class TraceSource(Generic[T]):
    """One kind of trace sets.

    settings: what a study may set for such a trace set.
    read: its rows as candidates.
    count: known number of rows, for estimates; None: unknown before the file is read.
    keep: which of a row's solutions that pass the filters become traces.
    solved: whether they are the solutions that come with a problem set, which its source has to have then.
    annotated: whether the settings ask for these solutions with the publisher's marks of intermediate results.
    """

    settings: type[T]
    read: Callable[[Reading, T], Found]
    count: int | None = None
    keep: Callable[[T], Keep] = lambda settings: "all"
    solved: bool = False
    annotated: Callable[[T], bool] = lambda settings: False
