"""All rows of a local copy of a set: a file, or the folder that a hub, `datasets` or the publisher's archive left."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from gradus.problems.raw.arrow_rows import arrow_rows, parquet_rows
from gradus.problems.raw.csv_rows import csv_rows
from gradus.problems.raw.json_rows import json_rows, jsonl_rows
from gradus.problems.raw.row import Row
from gradus.provenance.errors import GradusError

READERS = {
    ".jsonl": jsonl_rows,
    ".json": json_rows,
    ".csv": csv_rows,
    ".tsv": csv_rows,
    ".parquet": parquet_rows,
    ".arrow": arrow_rows,
}
SPLITS = {"train": ("train",), "test": ("test",), "validation": ("validation", "val", "dev")}

# Other files beside the data: notes of `datasets`, and its cache.
_NO_DATA = re.compile(r"(dataset_infos?|dataset_dict|state|metadata|README)\.json|cache-.*\.arrow", re.IGNORECASE)


def read_rows(path: Path, split: str | None = None, config: str | None = None) -> Iterator[Row]:
    """Rows of the file, or of the folder's files of this split and config in natural order.

    A folder without any split or config in its names is read whole. Raises GradusError for a path that is not there, an
    unknown kind of file, a folder without this split, and whatever is wrong with a row.
    """
    number = 0
    for file in data_files(path, split, config):
        before = number
        for place, values in READERS[file.suffix](file):
            yield Row(values, place, file, number)
            number += 1
        if number == before:
            raise GradusError(f"{file}: the file holds no rows; fetch it again, or correct `path`")


def data_files(
    path: Path, split: str | None = None, config: str | None = None, kinds: Sequence[str] = tuple(READERS)
) -> list[Path]:
    """The files that `read_rows` reads; or those of other kinds, by the ends of their names."""
    if not path.exists():
        raise GradusError(f"{path}: no such file or folder; correct `path`, or fetch the set to it")
    if path.is_file():
        if not path.name.endswith(tuple(kinds)):
            raise GradusError(f"{path}: unknown kind of file; expected {', '.join(kinds)} or a folder of these")
        return [path]
    there = (file for file in path.rglob("*") if file.name.endswith(tuple(kinds)) and file.is_file())
    found = [file for file in there if not _NO_DATA.fullmatch(file.name)]
    found = [file for file in found if not any(part.startswith(".") for part in file.relative_to(path).parts)]
    if not found:
        raise GradusError(
            f"{path}: the folder holds no {', '.join(kinds)} file; fetch the set to it, or correct `path`"
        )
    if config is not None:
        found = [f for f in found if config in (*f.relative_to(path).parts, f.stem)] or found
    splits = {file: _split_of(file.relative_to(path)) for file in found}
    if split is not None and any(splits.values()):
        there = sorted({name for name in splits.values() if name})
        found = [file for file in found if splits[file] == split]
        if not found:
            raise GradusError(f"{path}: no file of the split {split!r}, only of {', '.join(there)}; correct `path`")
    return sorted(found, key=lambda file: natural(file.relative_to(path).as_posix()))


def natural(text: str) -> list[tuple[int, int, str]]:
    """Sort key that takes digits as numbers: problem 2 comes before problem 10."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def _split_of(file: Path) -> str | None:
    """The split that the nearest part of a path names: `main/train-00000-of-00001.parquet`, `test/algebra/1.json`."""
    for part in reversed(file.parts):
        words = re.split(r"[^a-z]+", part.lower())
        for split, names in SPLITS.items():
            if any(name in words for name in names):
                return split
    return None
