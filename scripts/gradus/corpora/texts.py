"""Documents of a text to pretrain on, one at a time from files of any size."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from gradus.problems.raw.arrow_rows import parquet_rows
from gradus.problems.raw.columns import NotThere, value_at
from gradus.problems.raw.files import READERS, data_files
from gradus.problems.raw.json_rows import decoded, line_rows
from gradus.provenance.errors import GradusError

CHUNK_BYTES = 1 << 20
"""Of a .txt file that are read at once."""

GZIPPED = (".jsonl.gz", ".json.gz")
KINDS = (*READERS, ".txt", *GZIPPED)


@dataclass(frozen=True)
class Place:
    """In a corpus: how many documents are before it, the number of its file, and its row there, each from 0."""

    document: int = 0
    file: int = 0
    row: int = 0


BEGIN = Place()


@dataclass(frozen=True)
class Document:
    """number: of those before it. after: where the next one is looked for. said: its file and row, for messages."""

    text: str
    number: int
    after: Place
    said: str


@dataclass(frozen=True)
class TextFiles:
    """The files of a corpus, and how documents are found in them.

    column: of a table, or the path to it. separator: between the documents of a .txt file.
    """

    files: tuple[Path, ...]
    column: str
    separator: str

    @classmethod
    def at(cls, path: Path, column: str, separator: str) -> "TextFiles":
        """Raises GradusError where there is no such file, or none of a kind that is read."""
        return cls(tuple(data_files(path, kinds=KINDS)), column, separator)

    def documents(self, start: Place = BEGIN) -> Iterator[Document]:
        """Those from `start` on that are not empty; earlier files are not opened.

        Raises GradusError naming file and row where a column is missing or holds no text, and where a file is torn or
        is not UTF-8.
        """
        number = start.document
        for index in range(start.file, len(self.files)):
            skipped = start.row if index == start.file else 0
            for row, (said, text) in enumerate(self._rows(self.files[index], skipped), skipped):
                if text.strip():
                    yield Document(text, number, Place(number + 1, index, row + 1), said)
                    number += 1

    def _rows(self, file: Path, skipped: int) -> Iterator[tuple[str, str]]:
        """What names the place of each row from `skipped` on, and its text; earlier ones are not looked into."""
        if file.suffix == ".txt":
            yield from islice(_separated(file, self.separator), skipped, None)
        else:
            for said, values in islice(self._table(file), skipped, None):
                yield said, self._text(said, values)

    def _table(self, file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
        if file.name.endswith(GZIPPED):
            return gzipped_rows(file)
        if file.suffix == ".parquet":
            return parquet_rows(file, self.column.partition(".")[0])
        return READERS[file.suffix](file)

    def _text(self, said: str, values: dict[str, Any]) -> str:
        try:
            text = value_at(values, self.column)
        except NotThere as error:
            raise GradusError(f"{said}: {error}; name the column of the text (`column`)") from None
        if not isinstance(text, str):
            what = f"column {self.column!r} is {text!r:.60}, not text"
            raise GradusError(f"{said}: {what}; correct the row, or name another column (`column`)")
        return text


def gzipped_rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows of JSON lines that are compressed."""
    try:
        with gzip.open(file, "rb") as lines:
            yield from line_rows(file, lines)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise GradusError(f"{file}: not a whole gzip file ({error}); fetch it again") from None


def _separated(file: Path, separator: str) -> Iterator[tuple[str, str]]:
    """Pieces of a text with the line that each begins at."""
    mark = separator.encode()
    with open(file, "rb") as source:
        line, rest = 1, b""
        while chunk := source.read(CHUNK_BYTES):
            *whole, rest = (rest + chunk).split(mark)
            for piece in whole:
                yield f"{file}:{line}", _piece(piece, file, line)
                line += piece.count(b"\n") + mark.count(b"\n")
        if rest:
            yield f"{file}:{line}", _piece(rest, file, line)


def _piece(piece: bytes, file: Path, line: int) -> str:
    for number, part in enumerate(piece.split(b"\n"), line):
        decoded(part, file, number)
    return piece.decode("utf-8-sig" if line == 1 else "utf-8").strip("\n")
