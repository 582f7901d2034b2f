"""OlympiadBench OE_TO_maths_en_COMP: question, final_answer (a list), subfield. Hub: Hothan/OlympiadBench.

Copies in evaluation suites have 675 rows, those of the hubs 674.
"""

import re
from typing import Literal

from pydantic import Field

from gradus.problems.fixes import Fix
from gradus.problems.problem import Problem
from gradus.problems.raw.row import Row
from gradus.problems.source import PublishedSource, text_id
from gradus.study.settings.downloads import MARKS, files_field, repo_field
from gradus.study.settings.problems import PublishedProblems

CONFIG = "OE_TO_maths_en_COMP"
_ID = re.compile(rf"(?:{CONFIG}/)?([0-9]+)")

ANSWER_TYPES = {"numerical": 572, "expression": 64, "tuple": 33, "interval": 6, "equation": 0}
"""Problems by the kind of their answer."""

FIXES = (
    Fix(
        id="OE_TO_maths_en_COMP/2349",
        field="answer",
        was="$221,$8$",
        now="$221,8$",
        why="a dollar too many; the solution ends in m = 221 and n = 8",
    ),
)


class OlympiadBenchProblems(PublishedProblems):
    """Olympiad mathematics in English, text only, open-ended (He et al. 2024, arXiv:2402.14008): 675 problems."""

    source: Literal["olympiadbench"] = Field("olympiadbench", description="OlympiadBench, OE_TO_maths_en_COMP.")
    repo: str = repo_field("Hothan/OlympiadBench")
    files: list[str] = files_field("OE_TO_maths_en_COMP.parquet", marks=MARKS)
    answer_types: list[Literal["numerical", "expression", "tuple", "interval", "equation"]] | None = Field(
        None, min_length=1, description="Kinds of answers to keep; [numerical] leaves 572 problems."
    )


def problem(row: Row, settings: OlympiadBenchProblems) -> Problem:
    """Ids are `OE_TO_maths_en_COMP/<id>`. Answers keep the publisher's dollars; a context precedes its question."""
    question = row.text("question", "problem")
    if row.get("context"):
        question = f"{row.text('context')}\n\n{question}"
    own = _ID.fullmatch(str(row.get("id")))
    identity = f"{CONFIG}/{own[1]}" if own else text_id(CONFIG, question)
    listed = isinstance(row.get("final_answer", "answers"), list)
    answer = ", ".join(row.texts("final_answer", "answers")) if listed else row.answer("answer", "final_answer")
    return Problem(identity, question, answer.strip(), 0, row.text("subfield", "subject"), "olympiadbench")


def left_out(row: Row, settings: OlympiadBenchProblems) -> str | None:
    wanted = settings.answer_types
    kind = row.text("answer_type").lower() if wanted else None
    return f"answer type {kind}" if wanted and kind not in wanted else None


def most(settings: OlympiadBenchProblems, rows: int) -> int:
    return min(rows, sum(ANSWER_TYPES[kind] for kind in settings.answer_types or ANSWER_TYPES))


SOURCE = PublishedSource(
    settings=OlympiadBenchProblems,
    licence="MIT",
    rows={"all": (675, 674)},
    problem=problem,
    config=lambda settings: CONFIG,
    left_out=left_out,
    fixes=FIXES,
    most=most,
)
