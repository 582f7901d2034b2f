"""The solutions that come with a problem set: the publisher's, or those that its generator writes."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import Field

from gradus.problems.named import problem_source
from gradus.problems.problem import Problem
from gradus.problems.published import Tally, problem_rows
from gradus.problems.raw.row import Row
from gradus.problems.source import GeneratedSource, PublishedSource
from gradus.prompts.messages import messages_for
from gradus.study.settings.base import Name
from gradus.study.settings.problems import ProblemSettings, PublishedProblems
from gradus.study.settings.traces import ProblemTraces
from gradus.traces.candidate import Candidate, Found, checked
from gradus.traces.source import Reading, TraceSource


class SolutionTraces(ProblemTraces):
    """Solutions that come with a problem set: GSM8K, MATH, MATH-500, a file with a column of them, GSM-SBS."""

    kind: Literal["solutions"] = Field("solutions", description="Solutions that come with a problem set.")
    problems: Name = Field(description="The problem set; its filters hold here too.")
    annotations: Literal["keep", "drop"] = Field(
        "drop",
        description="The publisher's marks of intermediate results, such as GSM8K's `<<48/2=24>>` in `48/2 = "
        "<<48/2=24>>24 clips`. With `calculator` they are where its calls are.",
    )


def read(reading: Reading, settings: SolutionTraces) -> Found:
    """Candidates for the rows that the set's filters kept, in the publisher's order."""
    assert reading.problem_settings is not None
    of = {key: value for key, value in reading.problem_settings.items() if key not in ("set", "seed")}
    source = problem_source(of["source"])
    kept = {problem.id: problem for problem in reading.problems}
    if isinstance(source, GeneratedSource):
        return _generated(reading, source, source.settings.model_validate(of), kept)
    solution = source.solution if settings.annotations == "drop" and not settings.calculator else source.annotated
    return _published(reading, source, source.settings.model_validate(of), kept, solution or source.solution)


def _generated(
    reading: Reading, source: GeneratedSource[Any], settings: ProblemSettings, kept: Mapping[str, Problem]
) -> Found:
    assert reading.problem_settings is not None
    assert source.worked is not None
    of = reading.problem_settings
    for problem, solution in source.worked(settings, of["set"], of["seed"]):
        if problem.id in kept:
            question = tuple(messages_for(problem.problem, reading.prompt))
            yield Candidate(problem.id, question, (solution,), problem.answer, settings.source, settings.source)


def _published(
    reading: Reading,
    source: PublishedSource[Any],
    settings: PublishedProblems,
    kept: Mapping[str, Problem],
    text: Callable[[Row], str] | None,
) -> Found:
    assert text is not None  # as the study was checked for
    for row, problem, _ in problem_rows(source, reading.file, settings, Tally()):
        if problem.id not in kept:
            continue
        solution = checked(row, "solution", text(row))
        question = tuple(messages_for(problem.problem, reading.prompt))
        yield Candidate(
            problem.id, question, (solution,), problem.answer, settings.source, row.place, reference=problem.reference
        )


SOURCE = TraceSource(
    settings=SolutionTraces, read=read, solved=True, annotated=lambda settings: settings.annotations == "keep"
)
