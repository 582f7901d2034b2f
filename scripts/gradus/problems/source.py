"""What a source of problems declares. Each module of `problems/sources/` has one, as SOURCE, under its name.

Planning loads these modules for every command, so they import nothing that reads files (no pyarrow).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from gradus.problems.fixes import Fix
from gradus.problems.problem import Problem, text_digest
from gradus.problems.raw.row import Row
from gradus.study.settings.problems import ProblemSettings, PublishedProblems

P = TypeVar("P", bound=PublishedProblems)
G = TypeVar("G", bound=ProblemSettings)


@dataclass(frozen=True)
class RowPolicy:
    """What happens to rows that are of no use.

    bad: a row that is no problem, or that fails a check, stops the build, or is left out and counted.
    repeated: a row with the text of an earlier one is a problem of its own, or is left out and counted.
    foreign: problems in other letters than Latin ones stop the build where they are many, are kept, or are left out.
    """

    bad: Literal["refuse", "leave_out"] = "refuse"
    repeated: Literal["keep", "leave_out"] = "keep"
    foreign: Literal["refuse", "keep", "leave_out"] = "refuse"


@dataclass(frozen=True)
class PublishedSource(Generic[P]):
    """A set that others publish. Every copy of it, in any format that `problem` knows, gives the same problems.

    settings: what a study may set for a set from here.
    rows: known numbers of rows by part, before any filter: the publisher's, then those of other good copies. Empty for
    a source that may be any set.
    problem: the problem in a row; None where it holds none. Its answer may be empty where the publisher's is: fixes
        come after.
    part: which of `rows` is meant; where it is a split, a folder's files of that split are read. The only one if None.
    config: the publisher's name for the part of the set that is meant, where a folder holds several.
    left_out: why the settings leave a row out, or None.
    solution: the publisher's worked solution in a row; None where rows have none.
    annotated: the same with marks of its intermediate results that `solution` leaves out; None: `solution`.
    answer: what every answer has to look like, where the publisher promises it.
    fixes: known faults.
    levels: known numbers of problems by part and level; 0: without a level.
    prompt_tokens: the longest prompt, for estimates; None: unknown.
    most: how many of so many rows `left_out` keeps at most, for estimates.
    notes: what a reader of the set's summary should know about how rows become problems.
    columns: the file's names of the columns that `problem` and `solution` read, or the paths to them, where they are
    not the same.
    reading: what happens to rows that are of no use.
    mistakes: settings that do not fit together, each a key and what is wrong with it.
    continued: whether problems have a `context`, which one of their options continues.
    keeps_order: whether problems stay in the order of the file, for a set of which there is one copy alone.
    """

    settings: type[P]
    licence: str
    rows: Mapping[str, tuple[int, ...]]
    problem: Callable[[Row, P], Problem | None]
    part: Callable[[P], str] | None = None
    config: Callable[[P], str | None] = lambda settings: None
    left_out: Callable[[Row, P], str | None] = lambda row, settings: None
    solution: Callable[[Row], str] | None = None
    annotated: Callable[[Row], str] | None = None
    answer: re.Pattern[str] | None = None
    fixes: tuple[Fix, ...] = ()
    levels: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    prompt_tokens: int | None = None
    most: Callable[[P, int], int] = lambda settings, rows: rows
    notes: tuple[str, ...] = ()
    columns: Callable[[P], Mapping[str, str | Sequence[str]]] = lambda settings: {}
    continued: Callable[[P], bool] = lambda settings: False
    keeps_order: bool = False
    reading: Callable[[P], "RowPolicy"] = lambda settings: RowPolicy()
    mistakes: Callable[[P], Mapping[str, str]] = lambda settings: {}

    def part_of(self, settings: P) -> str:
        """Which of `rows` the settings mean."""
        if self.part is not None:
            return self.part(settings)
        (only,) = self.rows
        return only

    def licence_of(self, settings: P) -> str:
        """The publisher's, or what the study says of a set of its own."""
        return getattr(settings, "licence", "") or self.licence

    def expected_of(self, settings: P) -> tuple[int, int] | None:
        """The fewest and the most problems that are left before `size`, as the study says; None: it says nothing."""
        said = getattr(settings, "expect_problems", None)
        return None if said is None else (said, said) if isinstance(said, int) else (min(said), max(said))

    def count(self, settings: P) -> int | None:
        """The most problems that a set can have before the study's filters, for estimates; None: unknown."""
        if (expected := self.expected_of(settings)) is not None:
            return expected[1]
        rows = settings.expect_rows or next(iter(self.rows.get(self.part_of(settings), ())), None)
        return None if rows is None else self.most(settings, rows)

    def at_levels(self, settings: P, levels: Sequence[int] | None) -> int | None:
        """How many problems of these levels there are before other filters; None: unknown, or it is about all."""
        by_level = self.levels.get(self.part_of(settings)) if levels else None
        return sum(by_level.get(level, 0) for level in levels or ()) if by_level else None

    @property
    def has_solutions(self) -> bool:
        return self.solution is not None


@dataclass(frozen=True)
class GeneratedSource(Generic[G]):
    """A set that is drawn with a seed.

    settings: what a study may set for a set from here.
    generate: the problems of a set with these settings, this name and this seed.
    count: how many these are, for estimates; None: unknown.
    worked: the same with worked solutions, where the source writes any.
    prompt_tokens: the longest prompt, for estimates; None: unknown.
    """

    settings: type[G]
    generate: Callable[[G, str, int], list[Problem]]
    count: Callable[[G], int | None]
    worked: Callable[[G, str, int], list[tuple[Problem, str]]] | None = None
    prompt_tokens: int | None = None

    @property
    def has_solutions(self) -> bool:
        return self.worked is not None


def text_id(prefix: str, text: str) -> str:
    """An id for a row that has lost the publisher's: the same in every copy."""
    return f"{prefix}/{text_digest(text)}"
