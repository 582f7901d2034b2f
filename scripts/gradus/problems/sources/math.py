r"""MATH: problem, solution, level, type; the answer is the solution's last `\boxed{}`.

The publisher's archive has one JSON file a problem, `train/algebra/0.json`, and these paths are the ids. Hub copies
(EleutherAI/hendrycks_math, one config a subject) have lost them.
"""

import re

from gradus.problems.raw.row import Row
from gradus.problems.sources.source import Settings, Source, text_id
from gradus.problems.table import Problem

_ID = re.compile(r"(train|test)/([a-z_]+)/([0-9]+)\.json")
_BOX = re.compile(r"\\(?:boxed|fbox)(?![a-zA-Z])\s*")
_LEVEL = re.compile(r"(?:Level )?([1-5])")


def problem(row: Row, settings: Settings) -> Problem:
    """Ids are the publisher's paths; level 0 is the publisher's "Level ?"."""
    question, subject = row.text("problem"), row.text("subject", "type")
    identity = published_id(row) or text_id(f"{settings['split']}/{subject.lower().replace(' ', '_')}", question)
    split = identity.partition("/")[0]
    if split != settings["split"]:
        raise row.refusal(f"{identity!r} is of the split {split!r}", "correct `split` or `path`")
    answer = row.answer("answer") if "answer" in row.values else last_box(row.text("solution"))
    if answer is None:
        raise row.refusal(r"the solution has no \boxed answer", "correct the row")
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
        raise row.refusal(f"the level {value!r:.40} is none of 1 to 5", "correct the row")
    return int(found[1])


def last_box(solution: str) -> str | None:
    r"""What stands in the last `\boxed{}` (or `\fbox{}`), braces balanced; `\boxed 5` is 5. None without a box."""
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


SOURCE = Source(
    name="math",
    licence="MIT by its publisher; the problems are of the Art of Problem Solving, who had a hub copy taken down",
    rows={"train": (7500,), "test": (5000,)},
    problem=problem,
    notes=(r"The answer is the last \boxed{} of the publisher's solution.",),
)
