"""Rows of JSON lines, of a JSON list, and of a folder's one object a file."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gradus.provenance.errors import GradusError

AGAIN = "fetch the file again, or correct it"


def jsonl_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Place and values of each line that is not blank. Raises GradusError naming the line."""
    with open(path, "rb") as file:
        yield from line_rows(path, file)


def line_rows(path: Path, lines: Iterable[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same of the lines of a file that is open, and may be compressed."""
    for number, line in enumerate(lines, start=1):
        place = f"{path}:{number}"
        text = decoded(line, path, number)
        if text.strip():
            cut = "" if line.endswith(b"\n") else " (the file ends in the middle of a row)"
            yield place, _object(_loaded(text, place, cut), place)


def json_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows of a list of objects; one row for a single object; JSON lines under another name are read too."""
    content = path.read_bytes()
    for number, line in enumerate(content.split(b"\n"), start=1):
        decoded(line, path, number)
    text = content.decode("utf-8-sig")
    if text.lstrip()[:1] == "[":
        yield from _list_rows(text, path)
    elif text.strip():
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            yield from jsonl_rows(path)
        else:
            yield str(path), _object(value, str(path))


def _list_rows(text: str, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    # Entry by entry, so that each has its line, and a cut file differs from a wrong one.
    decoder, position, line, counted = json.JSONDecoder(), text.index("[") + 1, 1, 0
    while True:
        position = _skip_space(text, position)
        line, counted = line + text.count("\n", counted, position), position
        place = f"{path}:{line}"
        if text[position : position + 1] == "]":
            return
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            raise _not_json(error, place, "") from None
        yield place, _object(value, place)
        position = _skip_space(text, position)
        if text[position : position + 1] == ",":
            position += 1
        elif text[position : position + 1] != "]":
            raise GradusError(f"{place}: the list ends or breaks after this entry; {AGAIN}")


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def decoded(line: bytes, path: Path, number: int) -> str:
    """A line of a file as text. Raises GradusError naming it where it is not UTF-8."""
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        what = f"not UTF-8 text (byte {line[error.start]:#04x} at position {error.start + 1})"
        raise GradusError(f"{path}:{number}: {what}; save the whole file as UTF-8") from None


def _loaded(text: str, place: str, note: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _not_json(error, place, note) from None


def _not_json(error: Exception, place: str, note: str) -> GradusError:
    what = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    return GradusError(f"{place}: not valid JSON: {what}{note}; {AGAIN}")


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise GradusError(f"{place}: expected an object with the row's columns, not {value!r:.60}; {AGAIN}")
    return value
