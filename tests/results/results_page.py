"""docs/results.md as data, compared with the files of a study."""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet

PAGE = Path(__file__).parents[2] / "docs" / "results.md"
Key = tuple[str, ...]
"""The way to a value of a JSON file; other columns are keys of one part."""


@dataclass
class Column:
    """`key`: with `<name>` and `*` for what varies. `optional`: not in every study."""

    key: Key
    optional: bool

    def is_at(self, found: Key) -> bool:
        """Whether this is the column. Of an empty list it is not known what would be in it."""
        key = self.key
        if found[-1].endswith("[]"):
            return all(map(_matches, key, found)) or self.is_at((*found[:-1], found[-1].removesuffix("[]")))
        if key[-1] == "*":
            found = found[: len(key)]
        return len(key) == len(found) and all(map(_matches, key, found))


@dataclass
class Documented:
    """Files of one kind. `columns`: None where they are not described. `optional`: not in every study."""

    path: str
    optional: bool
    columns: list[Column] | None = None

    def is_at(self, path: str) -> bool:
        pattern = re.sub(r"<\w+>|\*\*|\*|[^<*]+", lambda found: _in_a_path(found[0]), self.path)
        return re.fullmatch(pattern, path) is not None


def read_page(text: str) -> list[Documented]:
    found: list[Documented] = []
    for section in re.split(r"^#{2,3} ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        rows = [re.split(r" *\| *", row.strip("| ")) for row in body.splitlines() if row.startswith("| `")]
        named = [(name, row[-1].startswith("Only ")) for row in rows for name in re.findall(r"`([^`]+)`", row[0])]
        if paths := re.findall(r"`([^`]+)`", heading):
            columns = [Column(tuple(name.split(".")), optional) for name, optional in named]
            found += [Documented(path, body.strip().startswith("Only "), columns or None) for path in paths]
        else:
            found += [Documented(path, optional) for path, optional in named]
    return found


def undocumented(root: Path, page: list[Documented]) -> list[str]:
    """Files and columns of a study's folder that the page does not have."""
    wrong: dict[str, None] = {}
    for path in _files(root):
        name = path.relative_to(root).as_posix()
        known = next((each for each in page if each.is_at(name)), None)
        if known is None:
            wrong[name] = None
        elif known.columns is not None:
            missing = (key for key in columns_of(path) if not any(column.is_at(key) for column in known.columns))
            wrong |= dict.fromkeys(f"{known.path}: {'.'.join(key)}" for key in missing)
    return list(wrong)


def absent(root: Path, page: list[Documented]) -> list[str]:
    """Files and columns of the page that a study's folder does not have, but for what not every study has."""
    wrong = []
    names = {path.relative_to(root).as_posix(): path for path in _files(root)}
    for known in page:
        paths = [path for name, path in names.items() if known.is_at(name)]
        if not paths and not known.optional:
            wrong.append(known.path)
        elif paths and known.columns is not None:
            keys = {key for path in paths for key in columns_of(path)}
            needed = (column for column in known.columns if not column.optional)
            wrong += [f"{known.path}: {'.'.join(c.key)}" for c in needed if not any(c.is_at(key) for key in keys)]
    return wrong


def columns_of(path: Path) -> list[Key]:
    """Columns of a table, and the ways to all values of a JSON file that are no objects; none of other files."""
    if path.suffix == ".parquet":
        return [(name,) for name in parquet.read_schema(path).names]
    if path.suffix == ".csv":
        with open(path, encoding="utf-8", newline="") as file:
            return [(name,) for name in next(csv.reader(file))]
    text = path.read_text(encoding="utf-8")
    values = [json.loads(line) for line in text.splitlines()] if path.suffix == ".jsonl" else [json.loads(text)]
    return list(dict.fromkeys(key for value in values for key in _keys(value)))


def _keys(value: Any, way: Key = ()) -> Iterator[Key]:
    inside = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _keys(item, (*way, name))
    elif inside or value == []:
        here = (*way[:-1], f"{way[-1]}[]")
        yield from (key for item in inside for key in _keys(item, here)) if inside else [here]
    elif way:
        yield way


def _matches(pattern: str, found: str) -> bool:
    parts = re.sub(r"<\w+>|\*|[^<*]+", lambda part: ".*" if part[0][0] in "<*" else re.escape(part[0]), pattern)
    return re.fullmatch(parts, found) is not None


def _in_a_path(part: str) -> str:
    """`<run>` may hold a dot, other names may not; `*` is any file of a folder, `**` any below it."""
    return {"<run>": "[^/]+", "**": ".+", "*": "[^/]+"}.get(part, "[^/.]+" if part.startswith("<") else re.escape(part))


def _files(root: Path) -> list[Path]:
    """All files but the build's own, which begin with a dot or are in such a folder."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return [path for path in files if not any(part.startswith(".") for part in path.relative_to(root).parts)]
