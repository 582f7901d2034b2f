"""Tables as CSV: written, and read back."""

import csv
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

from gradus.provenance.errors import GradusError

Record = dict[str, str]
"""A line of a file, by its columns."""
REMEDY = "delete the file so that it is made again"


def render(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """The text of a file: six significant digits, nothing for None, lines end in a newline alone."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([f"{value:.6g}" if isinstance(value, float) else value for value in row])
    return text.getvalue()


@contextmanager
def records(path: str | Path, columns: Sequence[str]) -> Generator[Iterator[Record]]:
    """The lines of the file.

    Raises GradusError where one of the columns is missing. A ValueError or TypeError that is raised while the lines are
    read becomes one, with the line.
    """
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise GradusError(f"{path}: no column {', '.join(missing)}; {REMEDY}")
        try:
            yield reader
        except (TypeError, ValueError) as error:
            raise GradusError(f"{path}, line {reader.line_num}: {error}; {REMEDY}") from error
