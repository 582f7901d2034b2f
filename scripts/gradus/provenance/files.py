"""Files that are either whole or absent: written under a temporary name, then renamed."""

import glob
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` when the block succeeds, remove it when it fails."""
    path = Path(path)
    if not path.parent.is_dir():  # asking is ten times as fast as trying
        path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        if _writer_is_gone(left):
            left.unlink(missing_ok=True)


def _writer_is_gone(temporary: Path) -> bool:
    """Whether the process that wrote under this temporary name was killed while it did."""
    try:
        os.kill(int(temporary.name.split(".")[-2]), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError):
        return False  # someone else's, or no name of ours
    return False


def write_text(path: str | Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def json_text(value: Any) -> str:
    """The one JSON layout of the project: sorted keys, so that equal values are equal bytes."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write_json(path: str | Path, value: Any) -> None:
    write_text(path, json_text(value))


def read_json(path: str | Path) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def read_json_lines(path: str | Path) -> list[Any]:
    """One value a line."""
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line]


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
