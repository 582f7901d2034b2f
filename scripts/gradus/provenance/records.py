"""What a finished job left in the ledger: by which spec, and of which files, its result was made."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradus.provenance.digests import file_digests
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, sha256_file


@dataclass(frozen=True)
class Input:
    """A file that a job read, as it was then; `time` is its time stamp in nanoseconds."""

    sha256: str
    size: int
    time: int

    @classmethod
    def of(cls, path: str | Path) -> "Input":
        found = os.stat(path)
        return cls(sha256_file(path), found.st_size, found.st_mtime_ns)

    def is_at(self, path: str | Path) -> bool:
        """Whether the file is there as it was. It is read only if its size is the same and its time stamp is not, once.

        Raises OSError or GradusError where it cannot be read.
        """
        found, name = os.stat(path), str(path)
        if found.st_size != self.size:
            return False
        return found.st_mtime_ns == self.time or file_digests([name])[name] == self.sha256


@dataclass(frozen=True)
class Record:
    """`spec`: SHA-256 of the spec as the job read it. `ended`: time stamp of the entry in nanoseconds."""

    spec: str
    inputs: dict[str, Input]
    ended: int
    seconds: float

    @property
    def began(self) -> int:
        """No result of the job is older; in nanoseconds."""
        return self.ended - int((self.seconds + 1) * 1e9)


class Damaged(Exception):
    """An entry that cannot be read: what it vouched for counts as not made."""


def read_record(entry: Path) -> Record | None:
    """The record of a job; None where it left none. Raises Damaged."""
    try:
        ended = entry.stat().st_mtime_ns
        values = read_json(entry)
        inputs = {path: Input(**known) for path, known in values.get("inputs", {}).items()}
        record = Record(values["spec"], inputs, ended, float(values["wall_seconds"]))
    except FileNotFoundError:
        return None
    except (OSError, GradusError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(str(error)) from error
    return record


def changed_input(record: Record) -> str | None:
    """A file that is no longer what the job read, though its time stamp does not say so; None where there is none.

    A file that is gone or newer is Snakemake's to judge.
    """
    for path, known in record.inputs.items():
        try:
            if os.stat(path).st_mtime_ns <= record.ended and not known.is_at(path):
                return path
        except (OSError, GradusError):
            continue
    return None


def inputs_of(paths: Iterable[str]) -> dict[str, Any]:
    """The files among `paths`, and those below the folders among them, for a record that is to be written."""
    files = [file for path in paths for file in _files_at(Path(path))]
    return {str(file): Input.of(file) for file in files}


def expect_unchanged_inputs(inputs: Mapping[str, Input]) -> None:
    """Raise GradusError if one of these files is gone, or another one."""
    for path, known in inputs.items():
        if not Path(path).is_file() or not known.is_at(path):
            raise GradusError(f"{path}: changed while this job read it; run snakemake again")


def _files_at(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file())
    return [path] if path.is_file() else []
