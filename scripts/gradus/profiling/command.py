"""The command line of the scripts that measure a training: what its job reads, and where to write."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from gradus.profiling.external import CAPTURE
from gradus.provenance.errors import GradusError
from gradus.provenance.parent_death import end_with_builder
from gradus.provenance.rank_job import is_rank
from gradus.provenance.ranks import rank
from gradus.study.settings.profiling import Profiling


@dataclass(frozen=True)
class Command:
    """spec: of the job that trains. paths: its files by role: weights, data (traces or problems), log. out: the folder
    of what is measured. capture: leave the looking to another program, which waits for the measured steps."""

    spec: Path
    paths: dict[str, list[str]]
    settings: Profiling
    out: Path
    capture: bool

    def files(self) -> list[str]:
        """The part of the command line that names what is read, and the log."""
        return [str(self.spec), *(word for role, files in self.paths.items() for word in (f"--{role}", *files))]


def main(build: Callable[[Command], None], about: str | None) -> None:
    """Run a script's `build`; a mistake of the user ends in one clear line."""
    command = partial(read_command, sys.argv[1:], about)
    try:
        if is_rank():
            with rank():
                build(command())
        else:
            end_with_builder()
            build(command())
    except GradusError as error:
        sys.exit(f"error: {error}")


def read_command(arguments: list[str], about: str | None) -> Command:
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("spec", type=Path, help="the spec of the job that trains the experiment")
    parser.add_argument("--log", required=True, help="where messages go besides the terminal")
    parser.add_argument("--weights", nargs="+", required=True, help="the manifests of the model that it starts from")
    parser.add_argument("--data", nargs="+", required=True, help="the traces or problems that it trains on")
    parser.add_argument("--reference", nargs="*", default=[], help="the manifests of its reference model, if another")
    parser.add_argument("--settings", default="{}", help="the study's `profiling`, as JSON")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument(CAPTURE, action="store_true", help="for nsys and ncu: record nothing, and mark the steps")
    given = parser.parse_args(arguments)
    try:
        settings = Profiling.model_validate_json(given.settings)
    except ValidationError as error:
        raise GradusError(f"--settings: {error.errors()[0]['msg']}; see `profiling` in config/README.md") from None
    paths = {"log": [given.log], "weights": given.weights, "data": given.data, "reference": given.reference}
    return Command(given.spec, paths, settings, given.out, given.capture)
