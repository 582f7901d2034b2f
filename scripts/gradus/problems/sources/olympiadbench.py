"""OlympiadBench OE_TO_maths_en_COMP: question, final_answer (a list), subfield. Hub: Hothan/OlympiadBench.

Copies in evaluation suites have 675 rows, those of the hubs 674.
"""

import re

from gradus.problems.raw.row import Row
from gradus.problems.sources.source import Settings, Source, text_id
from gradus.problems.table import Problem

CONFIG = "OE_TO_maths_en_COMP"
_ID = re.compile(rf"(?:{CONFIG}/)?([0-9]+)")


def problem(row: Row, settings: Settings) -> Problem:
    """Ids are `OE_TO_maths_en_COMP/<id>`. Answers keep the publisher's dollars; a context precedes its question."""
    question = row.text("question", "problem")
    if row.get("context"):
        question = f"{row.text('context')}\n\n{question}"
    own = _ID.fullmatch(str(row.get("id")))
    identity = f"{CONFIG}/{own[1]}" if own else text_id(CONFIG, question)
    listed = isinstance(row.get("final_answer", "answers"), list)
    answer = ", ".join(row.texts("final_answer", "answers")) if listed else row.answer("answer", "final_answer")
    return Problem(identity, question, answer.strip(), 0, row.text("subfield", "subject"), "olympiadbench")


def left_out(row: Row, settings: Settings) -> str | None:
    wanted = settings["answer_types"]
    kind = row.text("answer_type").lower() if wanted else None
    return f"answer type {kind}" if wanted and kind not in wanted else None


SOURCE = Source(
    name="olympiadbench",
    licence="MIT",
    rows={"all": (675, 674)},
    problem=problem,
    part=lambda settings: "all",
    config=lambda settings: CONFIG,
    left_out=left_out,
)
