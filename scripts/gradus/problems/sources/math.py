r"""MATH: problem, solution, level, type; the answer is the solution's last `\boxed{}`.

The publisher's archive has one JSON file a problem, `train/algebra/0.json`, and these paths are the ids. Hub copies
(EleutherAI/hendrycks_math, one config a subject) have lost them.
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

_ID = re.compile(r"(train|test)/([a-z_]+)/([0-9]+)\.json")
_BOX = re.compile(r"\\(?:boxed|fbox)(?![a-zA-Z])\s*")
_LEVEL = re.compile(r"(?:Level )?([1-5])")

_EMPTY_BOX = r"the solution's \boxed{} is empty"
_NO_LEVEL = 'the publisher says "Level ?": no filter by levels 1 to 5 keeps it'

FIXES = (
    Fix(
        id="train/number_theory/7115.json",
        text="34d3b36d1c41",
        field="answer",
        was="",
        now="0",
        why=f"{_EMPTY_BOX}; it shows that every number between n!+1 and n!+n is composite",
    ),
    Fix(
        id="train/number_theory/7117.json",
        text="641a7ef94229",
        field="answer",
        was="",
        now="0",
        why=f"{_EMPTY_BOX}; it shows that no term of the sequence is prime",
    ),
    Fix("level", 0, 0, _NO_LEVEL, "train/geometry/377.json", "57589985ebe5"),
    Fix("level", 0, 0, _NO_LEVEL, "train/geometry/471.json", "3440a9f7004b"),
)


class MathProblems(PublishedProblems):
    """Competition problems in levels 1 to 5 (Hendrycks et al. 2021, arXiv:2103.03874): 7,500 and 5,000."""

    source: Literal["math"] = Field("math", description="MATH; levels [4, 5] are the hard ones.")
    repo: str = repo_field("EleutherAI/hendrycks_math")
    files: list[str] = files_field("*/{split}-*.parquet", marks=MARKS)
    split: Literal["train", "test"] = Field(description="Part of the set.")


def problem(row: Row, settings: MathProblems) -> Problem:
    """Ids are the publisher's paths; level 0 is the publisher's "Level ?"."""
    question, subject = row.text("problem"), row.text("subject", "type")
    identity = published_id(row) or text_id(f"{settings.split}/{subject.lower().replace(' ', '_')}", question)
    split = identity.partition("/")[0]
    if split != settings.split:
        raise row.error(f"{identity!r} is of the split {split!r}", "correct `split` or `path`")
    answer = row.answer("answer") if "answer" in row.values else last_box(row.text("solution"))
    if answer is None:
        raise row.error(r"the solution has no \boxed answer", "correct the row")
    return Problem(identity, question, answer, level(row), subject, "math")


def published_id(row: Row) -> str | None:
    """From a column, or from the path of a file that holds this problem alone."""
    own = row.get("id", "unique_id")
    own = own if isinstance(own, str) else "/".join(row.file.parts[-3:])
    return own if _ID.fullmatch(own) else None


def level(row: Row) -> int:
    value = row.get("level")
    if value in (None, 0, "Level ?"):
        return 0
    found = _LEVEL.fullmatch(str(value))
    if found is None:
        raise row.error(f"the level {value!r:.40} is none of 1 to 5", "correct the row")
    return int(found[1])


def last_box(solution: str) -> str | None:
    r"""What is in the last `\boxed{}` (or `\fbox{}`), braces balanced; `\boxed 5` is 5. None without a box."""
    boxes = list(_BOX.finditer(solution))
    if not boxes:
        return None
    start = boxes[-1].end()
    if solution[start : start + 1] != "{":
        return solution[start:].partition("$")[0].strip()
    depth = 0
    for position in range(start, len(solution)):
        if solution[position] in "{}" and solution[position - 1] != "\\":
            depth += 1 if solution[position] == "{" else -1
            if depth == 0:
                return solution[start + 1 : position].strip()
    return None


SOURCE = PublishedSource(
    settings=MathProblems,
    licence="MIT by its publisher; the problems are of the Art of Problem Solving, who had a hub copy taken down",
    rows={"train": (7500,), "test": (5000,)},
    problem=problem,
    part=lambda settings: settings.split,
    solution=lambda row: row.text("solution"),
    fixes=FIXES,
    levels={
        "train": {0: 2, 1: 564, 2: 1348, 3: 1592, 4: 1690, 5: 2304},
        "test": {1: 437, 2: 894, 3: 1131, 4: 1214, 5: 1324},
    },
    notes=(r"The answer is the last \boxed{} of the publisher's solution.",),
)
