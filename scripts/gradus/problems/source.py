"""What a source of problems declares. Each module of `problems/sources/` has one, as SOURCE, under its name.

Planning loads these modules for every command, so they import nothing that reads files (no pyarrow).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gradus.problems.fixes import Fix
from gradus.problems.problem import Problem, text_digest
from gradus.problems.raw.row import Row
from gradus.study.settings.problems import ProblemSettings, PublishedProblems

P = TypeVar("P", bound=PublishedProblems)
G = TypeVar("G", bound=ProblemSettings)


@dataclass(frozen=True)
class PublishedSource(Generic[P]):
    """A set that others publish. Every copy of it, in any format that `problem` knows, gives the same problems.

    settings: what a study may set for a set from here.
    rows: known numbers of rows by part, before any filter: the publisher's, then those of other good copies.
    problem: the problem in a row. Its answer may be empty where the publisher's is: fixes come after.
    part: which of `rows` is meant; where it is a split, a folder's files of that split are read. The only one if None.
    config: the publisher's name for the part of the set that is meant, where a folder holds several.
    left_out: why the settings leave a row out, or None.
    solution: the publisher's worked solution in a row; None where rows have none.
    answer: what every answer has to look like, where the publisher promises it.
    fixes: known faults.
    levels: known numbers of problems by part and level; 0: without a level.
    prompt_tokens: the longest prompt, for estimates; None: unknown.
    most: how many of so many rows `left_out` keeps at most, for estimates.
    notes: what a reader of the set's summary should know about how rows become problems.
    """

    settings: type[P]
    licence: str
    rows: Mapping[str, tuple[int, ...]]
    problem: Callable[[Row, P], Problem]
    part: Callable[[P], str] | None = None
    config: Callable[[P], str | None] = lambda settings: None
    left_out: Callable[[Row, P], str | None] = lambda row, settings: None
    solution: Callable[[Row], str] | None = None
    answer: re.Pattern[str] | None = None
    fixes: tuple[Fix, ...] = ()
    levels: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    prompt_tokens: int | None = None
    most: Callable[[P, int], int] = lambda settings, rows: rows
    notes: tuple[str, ...] = ()

    def part_of(self, settings: P) -> str:
        """Which of `rows` the settings mean."""
        if self.part is not None:
            return self.part(settings)
        (only,) = self.rows
        return only

    def count(self, settings: P) -> int:
        """The most problems that a set can have before the study's filters, for estimates."""
        rows, *_ = self.rows[self.part_of(settings)]
        return self.most(settings, settings.expect_rows or rows)

    @property
    def has_solutions(self) -> bool:
        return self.solution is not None


@dataclass(frozen=True)
class GeneratedSource(Generic[G]):
    """A set that is drawn with a seed.

    settings: what a study may set for a set from here.
    generate: the problems of a set with these settings, this name and this seed.
    count: how many these are.
    worked: the same with worked solutions, where the source has any.
    prompt_tokens: the longest prompt, for estimates; None: unknown.
    """

    settings: type[G]
    generate: Callable[[G, str, int], list[Problem]]
    count: Callable[[G], int]
    worked: Callable[[G, int], list[tuple[Problem, str]]] | None = None
    prompt_tokens: int | None = None

    @property
    def has_solutions(self) -> bool:
        return self.worked is not None


def text_id(prefix: str, text: str) -> str:
    """An id for a row that has lost the publisher's: the same in every copy."""
    return f"{prefix}/{text_digest(text)}"
