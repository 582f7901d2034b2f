"""Kinds of trace sets of a study's own code: what their functions give is rendered, filtered and graded as all is.

A function of a `problem` works out the solutions of a problem set; a function of a `row` finds them in a file.
"""

from functools import cache
from pathlib import Path
from typing import Any

from gradus.problems.raw.files import read_rows
from gradus.problems.raw.row import Row
from gradus.prompts.messages import messages_for
from gradus.provenance.own_code import own_errors
from gradus.study.settings.own_bases import TracesFromProblems, TracesFromRows
from gradus.study.settings.own_function import OwnFunction, own_function, with_tag
from gradus.study.settings.traces import Rendering
from gradus.traces.candidate import Candidate, Found, asked, checked
from gradus.traces.solution import Solution
from gradus.traces.source import Reading, TraceSource

LEFT_OUT = "no_solution"


@cache
def own_traces(found: Any, name: str) -> TraceSource[Any]:
    """The kind that is a function of own code, by its name. Raises OwnCodeError for what is none."""
    subjects: dict[str, type[Rendering]] = {"problem": TracesFromProblems, "row": TracesFromRows}
    own = own_function(found, name, "a kind of traces", subjects)
    read = _worked if own.subject == "problem" else _read
    settings = with_tag(own.settings or own.base, "kind", name)
    return TraceSource(settings, lambda reading, given: read(own, reading, given))


def _worked(own: OwnFunction, reading: Reading, settings: Any) -> Found:
    for number, problem in enumerate(reading.problems):
        place = f"{own.reference}: {problem.id}"
        with own_errors(own.reference, problem.id):
            text = own(problem, settings)
        if text is None:
            yield LEFT_OUT
            continue
        row = Row({}, place, Path(), number)
        if not isinstance(text, str):
            raise row.error(f"gave {text!r:.60}, neither a text nor None", "correct the function")
        yield Candidate(
            id=problem.id,
            messages=tuple(messages_for(problem.problem, reading.prompt)),
            solutions=(checked(row, "solution", text),),
            answer=problem.answer,
            teacher=own.reference,
            place=place,
            reference=problem.reference,
        )


def _read(own: OwnFunction, reading: Reading, settings: Any) -> Found:
    for row in read_rows(reading.file, "train"):
        with own_errors(own.reference, row.place):
            solution = own(row, settings)
        if solution is None:
            yield LEFT_OUT
            continue
        if not isinstance(solution, Solution):
            what = f"{own.reference} gave {solution!r:.60}, neither a Solution nor None"
            raise row.error(what, "correct the function")
        yield Candidate(
            id=solution.id or f"{reading.name}/{row.number}",
            messages=asked(row, solution.question, reading.prompt),
            solutions=(checked(row, "solution", solution.text),),
            answer=solution.answer,
            teacher=solution.teacher or reading.name,
            place=row.place,
        )
