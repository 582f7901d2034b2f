"""The two keys of every set that others publish: its repository on the hub, and which files of it."""

from typing import Any

from pydantic import Field

MARKS = ("split", "config")
"""Settings that name the part of a published problem set. `files` may have them in its patterns, in braces."""


def repo_field(name: str) -> Any:
    """The publisher's repository, or empty where a study has to name one."""
    return Field(name, description="The repository of the hub that the set is downloaded from where it has no `path`.")


def files_field(*patterns: str, marks: tuple[str, ...] = ()) -> Any:
    """The publisher's layout. A pattern without a slash is that of a file's name, in whichever folder.

    `marks` are settings of the set that its patterns may have in braces.
    """
    names = " and ".join(f"{{{mark}}}" for mark in marks)
    filled = f", in which {names} are replaced by the set's settings" if marks else ""
    return Field(list(patterns), min_length=1, description=f"Which files of the repository: patterns{filled}.")
