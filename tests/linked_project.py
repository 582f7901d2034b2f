"""The project by links, with results of its own."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def linked_project(folder: Path, *without: str) -> Path:
    """`folder` with links to all that a build reads, except the parts named, which the caller writes there."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in {"Snakefile", "rules", "scripts", "config", "profiles", "envs"} - {*without}:
        (folder / part).symlink_to(PROJECT / part)
    return folder
