"""A study's own code in jobs: where it is, and what becomes of an exception in it."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.provenance.specs import OWN_CODE_FILE
from gradus.study.settings.own_modules import (
    OwnCodeError,
    described,
    is_own,
    is_own_module,
    own_files,
    own_module,
    place_of,
    use_folders,
)


def find_own_code(results: Path, modules: Iterable[str]) -> None:
    """Make the own code that is among a job's modules importable. `results` is the study's folder.

    Raises GradusError where planning has not left where it is.
    """
    if not any(map(is_own_module, modules)):
        return
    note = results / OWN_CODE_FILE
    if not note.is_file():
        raise GradusError(f"{note}: not there, and it says where own code is; run snakemake again, which writes it")
    use_folders(read_json(note)["folders"])


@contextmanager
def own_errors(name: str, at: str = "") -> Generator[None]:
    """Around a call of the plugin of this name: raises an exception in own code as a GradusError, with its place.

    at: what it was called for, such as the row of a file.
    """
    try:
        yield
    except GradusError:
        raise
    except OwnCodeError as error:
        raise GradusError(str(error)) from error
    except Exception as error:
        if not is_own(name):
            raise
        file = next(iter(own_files(own_module(name))), Path(name))
        where = f" at {at}" if at else ""
        raise GradusError(f"{place_of(error, file)}: {name}: {described(error)}{where}; correct it") from error
