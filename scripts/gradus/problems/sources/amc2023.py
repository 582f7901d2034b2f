"""AMC 2023: problem and answer, a number that copies write as 27.0. Hub: math-ai/amc23."""

import re
from typing import Literal

from pydantic import Field

from gradus.problems.problem import Problem
from gradus.problems.raw.row import Row
from gradus.problems.source import PublishedSource, text_id
from gradus.study.settings.downloads import MARKS, files_field, repo_field
from gradus.study.settings.problems import PublishedProblems

_ID = re.compile(r"(?:amc23/)?([0-9]+)")


class Amc2023Problems(PublishedProblems):
    """The 40 problems of the AMC 12 of 2023, A and B, whose answers are numbers."""

    source: Literal["amc2023"] = Field("amc2023", description="AMC 2023.")
    repo: str = repo_field("math-ai/amc23")
    files: list[str] = files_field("*.parquet", marks=MARKS)


def problem(row: Row, settings: Amc2023Problems) -> Problem:
    """Ids are `amc23/<id>` with the publisher's numbers, which leave some out."""
    question = row.text("problem", "question")
    own = _ID.fullmatch(str(row.get("id")))
    identity = f"amc23/{own[1]}" if own else text_id("amc23", question)
    return Problem(identity, question, row.answer("answer"), 0, "AMC12", "amc2023")


SOURCE = PublishedSource(
    settings=Amc2023Problems,
    licence="no licence; the problems are of the Mathematical Association of America",
    rows={"all": (40,)},
    problem=problem,
)
