"""The solutions that come with a problem set: the publisher's, or those that its generator writes."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Literal

from pydantic import Field

from gradus.problems.fixes import corrected
from gradus.problems.problem import Problem
from gradus.problems.raw.files import SPLITS, read_rows
from gradus.problems.source import GeneratedSource, PublishedSource
from gradus.prompts.messages import messages_for
from gradus.study.settings.base import Name
from gradus.study.settings.problems import ProblemSettings, PublishedProblems
from gradus.study.settings.traces import ProblemTraces
from gradus.traces.candidate import Candidate, Found, checked
from gradus.traces.source import Reading, TraceSource


class SolutionTraces(ProblemTraces):
    """The publisher's own solutions to a problem set: of GSM8K, MATH, MATH-500, and the worked ones of GSM-SBS."""

    kind: Literal["solutions"] = Field("solutions", description="Solutions that come with a problem set.")
    problems: Name = Field(description="The problem set; its filters hold here too.")


def read(reading: Reading, settings: SolutionTraces) -> Found:
    """Candidates for the rows that the set's filters kept, in the publisher's order."""
    assert reading.problem_settings is not None
    of = {key: value for key, value in reading.problem_settings.items() if key not in ("set", "seed")}
    source = import_module(f"gradus.problems.sources.{of['source']}").SOURCE
    kept = {problem.id: problem for problem in reading.problems}
    if isinstance(source, GeneratedSource):
        return _generated(reading, source, source.settings.model_validate(of), kept)
    return _published(reading, source, source.settings.model_validate(of), kept)


def _generated(
    reading: Reading, source: GeneratedSource[Any], settings: ProblemSettings, kept: Mapping[str, Problem]
) -> Found:
    assert reading.problem_settings is not None
    assert source.worked is not None
    for problem, solution in source.worked(settings, reading.problem_settings["seed"]):
        if problem.id in kept:
            question = tuple(messages_for(problem.problem, reading.prompt))
            yield Candidate(problem.id, question, (solution,), problem.answer, settings.source, settings.source)


def _published(
    reading: Reading, source: PublishedSource[Any], settings: PublishedProblems, kept: Mapping[str, Problem]
) -> Found:
    assert source.solution is not None
    part = source.part_of(settings)
    for row in read_rows(reading.file, part if part in SPLITS else None, source.config(settings)):
        problem = kept.get(corrected(source.problem(row, settings), source.fixes)[0].id)
        if problem is None:
            continue
        solution = checked(row, "solution", source.solution(row))
        question = tuple(messages_for(problem.problem, reading.prompt))
        yield Candidate(problem.id, question, (solution,), problem.answer, settings.source, row.place)


SOURCE = TraceSource(settings=SolutionTraces, read=read)
