"""Small JSON files that a command leaves for the next ones, and that may be lost: then they say nothing."""

import json
from pathlib import Path
from typing import Any

from gradus.provenance.files import write_text


def read_note(path: Path) -> dict[str, Any]:
    """What was noted; nothing where the file is gone, damaged or cannot be read."""
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def write_note(path: Path, note: dict[str, Any]) -> bool:
    """Whether it could be written: in a folder that is read-only the next command finds out again."""
    try:
        write_text(path, json.dumps(note), durable=False)
    except OSError:
        return False
    return True
