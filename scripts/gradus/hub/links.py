"""Results that are links to files elsewhere: real outputs for the build, without a second copy of gigabytes.

A link has a time stamp of its own: after a fetch it is new to Snakemake however old the file in the cache is, and two
studies share the bytes without touching each other's time stamps, which hard links would share too. Where the file that
a link points to is gone, because the cache was cleared, the output is missing and is fetched again.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from gradus.provenance.files import replacing


def link_file(target: Path, link: Path) -> None:
    """Make `link` point to `target`, in one step."""
    with replacing(link) as temporary:
        temporary.symlink_to(target.absolute())


def link_folder(files: Mapping[str, Path], folder: Path) -> None:
    """Make `folder` hold links of these names, and nothing else; it is there as a whole or not at all."""
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        for name, target in files.items():
            link = temporary / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(target.absolute())
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def dangling(folders: Iterable[Path]) -> list[Path]:
    """The folders that have a dead link. Snakemake checks whether a folder exists, not what is in it."""
    return [f for f in folders if any(link.is_symlink() and not link.exists() for link in f.rglob("*"))]
