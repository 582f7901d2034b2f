"""What was checked before and found right, so that a look at the graph need not read large tokenizers again."""

import json
from pathlib import Path

from gradus.provenance.files import write_text

STORE = Path(".snakemake", "gradus.checked.json")
"""Relative to the folder that snakemake runs in. Where it is lost or cannot be written, all is checked again."""

MOST = 100
"""Checks that are kept, the latest ones."""


def was_right(check: str) -> bool:
    return check in _stored()


def note_right(check: str) -> None:
    """Keep that this check, named by a digest of all that it looked at, found nothing wrong."""
    try:
        write_text(STORE, json.dumps([*_stored(), check][-MOST:]))
    except OSError:
        return  # a read-only folder: the check is repeated


def _stored() -> list[str]:
    try:
        store = json.loads(STORE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return store if isinstance(store, list) else []
