"""Problem sources of a study's own code: what their functions give becomes problems that are checked as others are.

A function of a `row` reads a file as published sets are read; a function of a `seed` draws problems.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from gradus.problems.checks import check_row
from gradus.problems.problem import Problem
from gradus.problems.raw.row import Row
from gradus.problems.source import GeneratedSource, PublishedSource
from gradus.provenance.errors import GradusError
from gradus.provenance.own_code import own_errors
from gradus.study.settings.own_bases import GeneratedProblems, ProblemsFromRows
from gradus.study.settings.own_function import OwnFunction, own_function, with_tag

_FIELDS: dict[str, TypeAdapter[Any]] = {key: TypeAdapter(kind) for key, kind in get_type_hints(Problem).items()}


@cache
def own_source(found: Any, name: str) -> PublishedSource[Any] | GeneratedSource[Any]:
    """The source that is a function of own code, by its name. Raises OwnCodeError for what is none."""
    own = own_function(found, name, "a problem source", {"row": ProblemsFromRows, "seed": GeneratedProblems})
    settings = with_tag(own.settings or own.base, "source", name)
    if own.subject == "seed":
        return GeneratedSource(settings, lambda given, _, seed: _drawn(own, given, seed), count=lambda given: None)
    return PublishedSource(
        settings=settings,
        licence="not stated",
        rows={},
        problem=lambda row, given: _read(own, row, given),
        part=lambda given: "all",
        keeps_order=True,
    )


class _Drawn(Row):
    """The place of a problem that no file holds."""

    def error(self, what: str, remedy: str) -> GradusError:
        return GradusError(f"{self.place}: {what}; correct the function")


def _drawn(own: OwnFunction, settings: Any, seed: int) -> list[Problem]:
    with own_errors(own.reference):
        made = own(seed, settings)
        if not isinstance(made, Iterable):
            raise GradusError(f"{own.reference}: gave {made!r:.60}, not a list of problems; correct the function")
        made = list(made)
    problems: dict[str, Problem] = {}
    for number, problem in enumerate(made):
        row = _Drawn({}, f"{own.reference}: problem {number}", Path(), number)
        checked = _checked(own, row, problem)
        check_row(row, checked)
        if problems.setdefault(checked.id, checked) is not checked:
            raise row.error(f"the id {checked.id!r} is there already", "")
    if not problems:
        raise GradusError(f"{own.reference}: gave no problem; correct the function, or its settings")
    return list(problems.values())


def _read(own: OwnFunction, row: Row, settings: Any) -> Problem | None:
    with own_errors(own.reference, row.place):
        problem = own(row, settings)
    return None if problem is None else _checked(own, row, problem)


def _checked(own: OwnFunction, row: Row, problem: Any) -> Problem:
    """The problem with its source, if it is one whose fields have the types that they should."""
    if not isinstance(problem, Problem):
        raise row.error(f"{own.reference} gave {problem!r:.60}, not a Problem", "correct the function")
    for key, kind in _FIELDS.items():
        value = getattr(problem, key)
        try:
            kind.validate_python(value, strict=True)
        except ValidationError as error:
            what = f"{own.reference} gave {value!r:.60} as {key} ({error.errors()[0]['msg'].lower()})"
            raise row.error(what, "correct the function") from error
    return replace(problem, source=own.reference)
