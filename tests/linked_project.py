"""The project by links, with results of its own."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PARTS = ("Snakefile", "rules", "report", "scripts", "config", "profiles", "envs")
"""All that a build reads."""


def linked_project(folder: Path, *without: str) -> Path:
    """`folder` with links to these parts, except those that the caller writes there."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in set(PARTS) - {*without}:
        (folder / part).symlink_to(PROJECT / part)
    return folder
