"""The command line of a job: its spec, and its files by role."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from pydantic import ValidationError

from gradus.provenance.errors import GradusError
from gradus.provenance.files import parse_json
from gradus.specs.base import JobSettings, Spec

S = TypeVar("S", bound=JobSettings)

WRITTEN = frozenset(
    (
        *("config", "csv", "graded", "html", "json", "ledger", "lock", "log", "markdown", "metrics", "model", "out"),
        *("pass_csv", "pass_html", "pass_markdown", "plots", "summary", "trace"),
    )
)
"""The roles of what jobs write; in every other role is what they read."""

ONLY_OBEYED = frozenset(("gate",))
"""Verdicts decide whether a job may run, not what it makes."""


def read_spec(text: bytes, path: str, kind: type[S]) -> Spec[S]:
    parse_json(text, path)
    try:
        return Spec[kind].model_validate_json(text)  # ty: ignore[invalid-type-form] chosen at run time
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise GradusError(f"{path}: {where}: {first['msg']}; run snakemake again, which writes it anew") from None


def files_by_role(argv: Sequence[str]) -> tuple[str, dict[str, list[str]]]:
    if len(argv) < 2 or argv[1].startswith("-"):
        raise GradusError(f"usage: python {argv[0]} SPEC --log FILE --ledger FILE [--role FILE...]")
    paths: dict[str, list[str]] = {}
    for argument in argv[2:]:
        if argument.startswith("--"):
            current = paths.setdefault(argument[2:], [])
        elif paths:
            current.append(argument)
        else:
            raise GradusError(f"{argument}: expected --role before a file")
    return argv[1], paths


def command_line(spec_path: str, paths: Mapping[str, Sequence[str]]) -> list[str]:
    """What `files_by_role` reads, without the script."""
    return [spec_path, *(word for role, files in paths.items() for word in (f"--{role}", *files))]
