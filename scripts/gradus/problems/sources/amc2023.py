"""AMC 2023: problem and answer, a number that copies write as 27.0. Hub: math-ai/amc23."""

import re

from gradus.problems.raw.row import Row
from gradus.problems.sources.source import Settings, Source, text_id
from gradus.problems.table import Problem

_ID = re.compile(r"(?:amc23/)?([0-9]+)")


def problem(row: Row, settings: Settings) -> Problem:
    """Ids are `amc23/<id>` with the publisher's numbers, which leave some out."""
    question = row.text("problem", "question")
    own = _ID.fullmatch(str(row.get("id")))
    identity = f"amc23/{own[1]}" if own else text_id("amc23", question)
    return Problem(identity, question, row.answer("answer"), 0, "AMC12", "amc2023")


SOURCE = Source(
    name="amc2023",
    licence="no licence; the problems are of the Mathematical Association of America",
    rows={"all": (40,)},
    problem=problem,
    part=lambda settings: "all",
)
