"""What was checked before and found right, so that a look at the graph need not read large tokenizers again."""

from pathlib import Path

from gradus.provenance.notes import read_note, write_note

STORE = Path(".snakemake", "gradus.checked.json")
"""Relative to the folder that snakemake runs in. Where it is lost or cannot be written, all is checked again."""

MOST = 100
"""Checks that are kept, the latest ones."""


def was_right(check: str) -> bool:
    return check in read_note(STORE)


def note_right(check: str) -> None:
    """Keep that this check, named by a digest of all that it looked at, found nothing wrong."""
    write_note(STORE, dict.fromkeys([*read_note(STORE), check][-MOST:]))
