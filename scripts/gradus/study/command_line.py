"""The study file that a command line names, and how a command ends that names none that can be read."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from gradus.provenance.errors import GradusError
from gradus.study.file import read_study_file


def refuse_unreadable(arguments: Sequence[str]) -> None:
    """Stop with one clear line if a command names a study file that cannot be read.

    Snakemake opens the file before it reads the Snakefile, and fails with a Python traceback. The profile calls this
    earlier still.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--configfile", "--configfiles", nargs="+", default=[])
    files = parser.parse_known_args(arguments)[0].configfile
    try:
        if files:
            read_study_file(the_study(files))
    except GradusError as error:
        stop(error)


def the_study(files: Sequence[str | Path]) -> Path:
    """The one study file, as the user would write it."""
    if len(files) > 1:
        raise GradusError(
            f"--configfile {' '.join(map(str, files))}: name one study (a study can `extends:` another), and write "
            "what to build before it: snakemake all --configfile STUDY"
        )
    path = Path(files[0])
    return path.relative_to(Path.cwd()) if path.is_absolute() and path.is_relative_to(Path.cwd()) else path


def stop(error: GradusError) -> NoReturn:
    # Not a WorkflowError: Snakemake would wrap the message in places of the Snakefile, which are of no use to the user.
    print(f"error: {error}", file=sys.stderr)
    sys.exit(1)
