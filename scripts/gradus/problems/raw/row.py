"""One row of a publisher's file, with the place that error messages name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gradus.problems.raw.columns import NotThere, value_at
from gradus.provenance.errors import GradusError

WRONG_FILE = "give `path` this set's file, in its publisher's format"


@dataclass(frozen=True, slots=True)
class Row:
    """`place` is `file:line` (text) or `file: row n` (binary); `number` counts from 0 over all files read.

    columns: the file's own names of columns. remedy: what to do where one of ours is missing.
    """

    values: Mapping[str, Any]
    place: str
    file: Path
    number: int
    columns: Sequence[str] = ()
    remedy: str = WRONG_FILE

    def renamed(self, columns: Mapping[str, str | Sequence[str]]) -> "Row":
        """The same row with our names of columns. columns: the file's name of each or the path to it, or several ones.

        Raises GradusError where a column that another one is named for is not in the row.
        """
        values = {name: value for name, value in self.values.items() if name not in columns}
        for ours, theirs in columns.items():
            if theirs == ours and theirs not in self.values:
                continue
            try:
                if isinstance(theirs, str):
                    values[ours] = value_at(self.values, theirs)
                else:
                    values[ours] = [value_at(self.values, name) for name in theirs]
            except NotThere as error:
                raise self.error(str(error), f"correct `columns.{ours}`") from None
        return replace(self, values=values, columns=tuple(self.values), remedy="name its column under `columns`")

    def holding(self, name: str, value: Any) -> "Row":
        """The same row with another value in one of our columns."""
        return replace(self, values={**self.values, name: value})

    def get(self, *names: str) -> Any:
        """The first of these columns that holds something other than null, or None."""
        return next((self.values[name] for name in names if self.values.get(name) is not None), None)

    def name_of(self, *names: str) -> str | None:
        """Which column that is."""
        return next((name for name in names if self.values.get(name) is not None), None)

    def text(self, *names: str) -> str:
        """The first of these columns that is there, as text without the space around it.

        Raises GradusError where none of them is there or it is no text.
        """
        value = self.get(*names)
        if value is None:
            raise self.error(
                f"no {' or '.join(names)}; the row has {', '.join(self.columns or self.values) or 'no columns'}",
                self.remedy,
            )
        if not isinstance(value, str):
            raise self.error(f"{names[0]} is {value!r:.60}, not text", "correct the row")
        return value.strip()

    def answer(self, *names: str) -> str:
        """As `text`; a number is written out, without the `.0` that some copies give to whole ones."""
        value = self.get(*names)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return self.text(*names)
        return str(int(value)) if isinstance(value, int) or value.is_integer() else repr(value)

    def texts(self, *names: str) -> list[str]:
        """As `text`, for a column of lists."""
        value = self.get(*names)
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.error(f"{names[0]} is {value!r:.60}, not a list of texts", WRONG_FILE)
        return value

    def error(self, what: str, remedy: str) -> GradusError:
        return GradusError(f"{self.place}: {what}; {remedy}")
