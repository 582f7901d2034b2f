"""Files that are whole or absent, after a power cut too: written under a temporary name, synced, then renamed."""

import glob
import hashlib
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gradus.provenance.errors import GradusError


@contextmanager
def replacing(path: str | Path, durable: bool = True) -> Generator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` when the block succeeds, remove it when it fails.

    Without `durable` nothing waits for the disk (4 ms a file), and a power cut may leave the file empty or torn: for
    what is written by the hundred, and checked and written again by its next reader.
    """
    path = Path(path)
    if not path.parent.is_dir():  # asking is ten times as fast as trying
        path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        if durable and not temporary.is_symlink():
            _sync(temporary)
        os.replace(temporary, path)
        if durable:
            _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        if _writer_is_gone(left):
            left.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _writer_is_gone(temporary: Path) -> bool:
    """Whether the process that wrote under this temporary name was killed while it did."""
    try:
        os.kill(int(temporary.name.split(".")[-2]), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError):
        return False  # someone else's, or no name of ours
    return False


def rewrite(path: str | Path, content: bytes, onto: str | Path | None = None) -> None:
    """Give a file, or its successor `onto`, other bytes under the old time stamp: what depends on it is none the older.

    The file is gone where it has a successor.
    """
    stamp = os.stat(path).st_mtime_ns
    with replacing(onto or path) as temporary:
        temporary.write_bytes(content)
        os.utime(temporary, ns=(stamp, stamp))
    if onto is not None and Path(onto) != Path(path):
        os.unlink(path)


def write_text(path: str | Path, text: str, durable: bool = True) -> None:
    with replacing(path, durable) as temporary:
        temporary.write_text(text, encoding="utf-8")


def json_text(value: Any) -> str:
    """The one JSON layout of the project: sorted keys, so that equal values are equal bytes."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write_json(path: str | Path, value: Any, durable: bool = True) -> None:
    write_text(path, json_text(value), durable)


def read_json(path: str | Path) -> dict[str, Any]:
    """The object of a JSON file: all that are read here, ours and publishers', hold one.

    Raises GradusError where the file is torn or holds something else, and FileNotFoundError where there is none.
    """
    value = parse_json(Path(path).read_bytes(), path)
    if not isinstance(value, dict):
        raise GradusError(f"{path}: holds a JSON {type(value).__name__}, not an object; fetch or make it again")
    return value


def parse_json(text: bytes, place: str | Path) -> Any:
    """Raises GradusError that names `place` where the text is torn."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise GradusError(
            f"{place}: not whole JSON ({error}); if a build made it, remove it and run the build again, else fetch it "
            "again"
        ) from None


def read_json_lines(path: str | Path) -> list[Any]:
    """One value a line. Raises GradusError where a line is torn."""
    lines = enumerate(Path(path).read_bytes().splitlines(), 1)
    return [parse_json(line, f"{path}: line {number}") for number, line in lines if line]


def whole_lines(path: Path) -> list[str]:
    """The lines of a file that is only ever appended to. A last one without its end, torn by a kill, is cut off."""
    if not path.is_file():
        return []
    text = path.read_bytes()
    end = text.rfind(b"\n") + 1
    if end < len(text):
        with open(path, "r+b") as file:
            file.truncate(end)
    return text[:end].decode("utf-8").split("\n")[:-1]


def sha256_file(path: str | Path) -> str:
    """Hex SHA-256 of a file's bytes, read in blocks so that a 10 GB checkpoint needs no memory."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
