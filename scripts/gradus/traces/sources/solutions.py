"""The solutions that come with a problem set: GSM8K's, MATH's and MATH-500's, and GSM-SBS's generated ones."""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from gradus.problems.fixes import mended
from gradus.problems.raw.files import SPLITS, read_rows
from gradus.problems.raw.row import Row
from gradus.problems.sources.source import Source
from gradus.problems.table import Problem
from gradus.prompts.messages import messages_for
from gradus.traces.candidate import Candidate, Found, checked

_ANNOTATION = re.compile(r"<<[^<>\n]*>>")


def read(path: Path | None, problems: list[Problem], settings: dict[str, Any]) -> Found:
    """Candidates for `problems`, the rows that the set's filters kept, in the publisher's order."""
    wanted = {problem.id: problem for problem in problems}
    of = settings["of"]
    module = import_module(f"gradus.problems.sources.{of['source']}")
    solved = module.generate_worked(of["size"], of["digits"], of["seed"]) if path is None else ()
    for problem, solution in solved:
        if problem.id in wanted:
            question = tuple(messages_for(problem.problem, settings["prompt"]))
            yield Candidate(problem.id, question, (solution,), problem.answer, of["source"], "gsm_sbs")
    if path is not None:
        yield from _published(path, module.SOURCE, wanted, settings)


def _published(path: Path, source: Source, wanted: dict[str, Problem], settings: dict[str, Any]) -> Found:
    of = settings["of"]
    part, config = source.part(of), source.config(of)
    for row in read_rows(path, part if part in SPLITS else None, config):
        problem = wanted.get(mended(source.name, source.problem(row, of))[0].id)
        if problem is None:
            continue
        solution = checked(row, "solution", SOLUTIONS[source.name](row))
        question = tuple(messages_for(problem.problem, settings["prompt"]))
        yield Candidate(problem.id, question, (solution,), problem.answer, source.name, row.place)


def _gsm8k(row: Row) -> str:
    """Without the calculator's `<<48/2=24>>`, which stand in the text for a tool that no model here has."""
    column = "solution" if row.get("solution") is not None else "answer"
    return _ANNOTATION.sub("", row.text(column))


def _math(row: Row) -> str:
    return row.text("solution")


SOLUTIONS: dict[str, Callable[[Row], str]] = {"gsm8k": _gsm8k, "math": _math, "math500": _math}
