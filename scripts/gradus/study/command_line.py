"""The study file that a command line names, and how a command ends that names none that can be read."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from gradus.provenance.errors import GradusError
from gradus.study.file import StudyFile, read_study_file

_read: dict[Path, StudyFile] = {}
"""What `before_snakemake` has read, for the rest of the command."""


def before_snakemake(arguments: Sequence[str]) -> None:
    """Stop with one clear line if a command names a study file that cannot be read, or runs where nothing can be kept.

    Snakemake opens the file and makes its folders before it reads the Snakefile, and fails with a Python traceback. The
    profile calls this earlier still. Where the user has no home that can be written to, as in many containers,
    Snakemake's cache is in the project.
    """
    if not _can_be_made(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")):
        os.environ["XDG_CACHE_HOME"] = str(Path(".snakemake", "cache").resolve())
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--configfile", "--configfiles", nargs="+", action="append", default=[])
    named = parser.parse_known_args(arguments)[0].configfile
    try:
        _expect_writable()
        if len(named) > 1:
            files = " and ".join(" ".join(some) for some in named)
            raise GradusError(f"--configfile is there twice ({files}) and Snakemake would read the last; {ONE}")
        if named:
            path = the_study(named[0])
            _read[path] = read_study_file(path)
    except GradusError as error:
        stop(error)


def read_once(path: Path) -> StudyFile:
    """The study file that the command names, which `before_snakemake` may have read. Raises GradusError as reading."""
    return _read.pop(path, None) or read_study_file(path)


ONE = "name one study (a study can `extends:` another)"


def the_study(files: Sequence[str | Path]) -> Path:
    """The one study file, as the user would write it."""
    if len(files) > 1:
        names = [str(_as_written(Path(file))) for file in files]
        targets = [name for name in names if not os.path.isfile(name)]
        studies = [name for name in names if name not in targets]
        if targets and len(studies) == 1:
            meant = shlex.join(["snakemake", *targets, "--configfile", *studies])
            raise GradusError(f"--configfile takes all that follows it; write what to build before it: {meant}")
        remedy = f"{ONE}, and write what to build before it: snakemake all --configfile STUDY"
        raise GradusError(f"--configfile {shlex.join(names)}: {remedy}")
    return _as_written(Path(files[0]))


def expect_project(snakefiles_folder: str | Path) -> None:
    """Raise GradusError where a command runs in another folder than that of the Snakefile, whose scripts it calls.

    Its jobs would not find them: `snakemake -s ELSEWHERE/Snakefile`, or `-d ELSEWHERE`. Also where Snakemake cannot
    work in the folder for its name.
    """
    if {"{", "}"} & set(str(snakefiles_folder)):
        raise GradusError(f"{snakefiles_folder}: Snakemake takes braces in a path for wildcards; rename this folder")
    scripts = Path(snakefiles_folder, "scripts")
    if not (os.path.isdir("scripts") and os.path.samefile("scripts", scripts)):
        there = shlex.quote(str(snakefiles_folder))
        raise GradusError(
            f"{Path.cwd()}: not the folder of this Snakefile, where its jobs run; type: cd {there}, and name no other "
            "folder (-d); for results on another disk, make `results` a link"
        )


def _expect_writable() -> None:
    folder = Path(".snakemake")
    if not os.access(folder if folder.is_dir() else ".", os.W_OK):
        raise GradusError(
            f"{Path.cwd()}: nothing can be written to this folder, where Snakemake keeps its records and the study its "
            "results; copy the project to a folder of your own"
        )


def _can_be_made(folder: str) -> bool:
    """Whether the folder is there or can be, and can be written to."""
    there = Path(folder)
    while not there.exists() and there != there.parent:
        there = there.parent
    return there.is_absolute() and there.is_dir() and os.access(there, os.W_OK)


def _as_written(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_absolute() and path.is_relative_to(Path.cwd()) else path


def stop(error: GradusError) -> NoReturn:
    # Not a WorkflowError: Snakemake would wrap the message in places of the Snakefile, which are of no use to the user.
    print(f"error: {error}", file=sys.stderr)
    sys.exit(1)
