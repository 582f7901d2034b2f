"""GSM8K: question and answer, a worked solution whose last line is `#### 72`. Hub: openai/gsm8k, config main."""

import re

from gradus.problems.raw.row import Row
from gradus.problems.sources.source import Settings, Source
from gradus.problems.table import Problem

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_ID = re.compile(r"gsm8k/(train|test)/[0-9]+")


def problem(row: Row, settings: Settings) -> Problem:
    """Ids are `gsm8k/<split>/<row>`, counted from 0 in the publisher's order; commas in answers are dropped."""
    split, question = settings["split"], row.text("question", "problem")
    own = row.get("id")
    published = _ID.fullmatch(own) if isinstance(own, str) else None
    if published and published[1] != split:
        raise row.refusal(f"{own!r} is of the split {published[1]!r}, not {split!r}", "correct `split` or `path`")
    answer = row.answer("answer")
    _, mark, final = answer.rpartition("####")
    if not mark and not published:
        raise row.refusal("the answer has no line `#### number`", "give `path` the publisher's file of GSM8K")
    number = final.strip().replace(",", "")
    if not _NUMBER.fullmatch(number):
        raise row.refusal(f"the answer {number!r:.60} is no number", "correct the row")
    return Problem(own if published else f"gsm8k/{split}/{row.number}", question, number, 0, "grade-school", "gsm8k")


SOURCE = Source(
    name="gsm8k",
    licence="MIT",
    rows={"train": (7473,), "test": (1319,)},
    problem=problem,
    config=lambda settings: "main",
    notes=("The answer is what follows #### in the publisher's solution, without commas.",),
)
