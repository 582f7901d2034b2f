"""MATH-500: problem, solution, answer, subject, level, unique_id. Hub: HuggingFaceH4/MATH-500."""

from typing import Literal

from pydantic import Field

from gradus.problems.problem import Problem
from gradus.problems.raw.row import Row
from gradus.problems.source import PublishedSource, text_id
from gradus.problems.sources.math import level, published_id
from gradus.study.settings.downloads import MARKS, files_field, repo_field
from gradus.study.settings.problems import PublishedProblems


class Math500Problems(PublishedProblems):
    """500 problems of MATH's test part (Lightman et al. 2023, arXiv:2305.20050)."""

    source: Literal["math500"] = Field("math500", description="MATH-500.")
    repo: str = repo_field("HuggingFaceH4/MATH-500")
    files: list[str] = files_field("test.jsonl", marks=MARKS)


def problem(row: Row, settings: Math500Problems) -> Problem:
    """Ids are those of MATH's test part, `test/precalculus/807.json`."""
    question = row.text("problem")
    identity = published_id(row) or text_id("test", question)
    return Problem(identity, question, row.answer("answer"), level(row), row.text("subject", "type"), "math500")


SOURCE = PublishedSource(
    settings=Math500Problems,
    licence="MIT (the choice of 500), over MATH",
    rows={"test": (500,)},
    problem=problem,
    solution=lambda row: row.text("solution"),
    levels={"test": {1: 43, 2: 90, 3: 105, 4: 128, 5: 134}},
)
