"""GSM8K: question and answer, a worked solution whose last line is `#### 72`. Hub: openai/gsm8k, config main."""

import re
from typing import Literal

from pydantic import Field

from gradus.problems.problem import Problem
from gradus.problems.raw.row import Row
from gradus.problems.source import PublishedSource
from gradus.study.settings.downloads import MARKS, files_field, repo_field
from gradus.study.settings.problems import PublishedProblems

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_ID = re.compile(r"gsm8k/(train|test)/[0-9]+")
_ANNOTATION = re.compile(r"<<[^<>\n]*>>")


class Gsm8kProblems(PublishedProblems):
    """Grade-school word problems (Cobbe et al. 2021, arXiv:2110.14168): 7,473 to train on, 1,319 to test."""

    source: Literal["gsm8k"] = Field("gsm8k", description="GSM8K.")
    repo: str = repo_field("openai/gsm8k")
    files: list[str] = files_field("main/{split}-*.parquet", marks=MARKS)
    split: Literal["train", "test"] = Field(description="Part of the set.")


def problem(row: Row, settings: Gsm8kProblems) -> Problem:
    """Ids are `gsm8k/<split>/<row>`, counted from 0 in the publisher's order; commas in answers are dropped."""
    split, question = settings.split, row.text("question", "problem")
    own = row.get("id")
    published = _ID.fullmatch(own) if isinstance(own, str) else None
    if published and published[1] != split:
        raise row.error(f"{own!r} is of the split {published[1]!r}, not {split!r}", "correct `split` or `path`")
    answer = row.answer("answer")
    _, mark, final = answer.rpartition("####")
    if not mark and not published:
        raise row.error("the answer has no line `#### number`", "give `path` the publisher's file of GSM8K")
    number = final.strip().replace(",", "")
    if not _NUMBER.fullmatch(number):
        raise row.error(f"the answer {number!r:.60} is no number", "correct the row")
    return Problem(own if published else f"gsm8k/{split}/{row.number}", question, number, 0, "grade-school", "gsm8k")


def solution(row: Row) -> str:
    """Without the calculator's `<<48/2=24>>`: notes in the text to a tool that no model here has."""
    return _ANNOTATION.sub("", annotated(row))


def annotated(row: Row) -> str:
    return row.text("solution" if row.get("solution") is not None else "answer")


SOURCE = PublishedSource(
    settings=Gsm8kProblems,
    licence="MIT",
    rows={"train": (7473,), "test": (1319,)},
    problem=problem,
    part=lambda settings: settings.split,
    config=lambda settings: "main",
    solution=solution,
    annotated=annotated,
    notes=("The answer is what follows #### in the publisher's solution, without commas.",),
)
