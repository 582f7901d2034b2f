"""What a published set is: where it comes from, how many rows it has, and how its rows become problems."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gradus.problems.raw.row import Row
from gradus.problems.table import Problem, text_digest

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Source:
    """One published set. Every copy of it, in any format that `problem` knows, gives the same problems."""

    name: str
    licence: str
    rows: Mapping[str, tuple[int, ...]]
    """Known numbers of rows by part, before any filter: the publisher's, then those of other good copies."""
    problem: Callable[[Row, Settings], Problem]
    """The problem in a row. Its answer may be empty where the publisher's is: fixes come after."""
    part: Callable[[Settings], str] = lambda settings: settings["split"]
    """Which of `rows` is meant; where it is a split, a folder's files of that split are read."""
    config: Callable[[Settings], str | None] = lambda settings: None
    """The publisher's name for the part of the set that is meant, where a folder holds several."""
    left_out: Callable[[Row, Settings], str | None] = lambda row, settings: None
    """Why the settings leave a row out, or None."""
    answer: re.Pattern[str] | None = None
    """What every answer has to look like, where the publisher promises it."""
    notes: tuple[str, ...] = ()
    """What a reader of the set's summary should know about how rows become problems."""


def text_id(prefix: str, text: str) -> str:
    """An id for a row that has lost the publisher's: the same in every copy."""
    return f"{prefix}/{text_digest(text)}"
