"""MATH-500: problem, solution, answer, subject, level, unique_id. Hub: HuggingFaceH4/MATH-500."""

from gradus.problems.raw.row import Row
from gradus.problems.sources.math import level, published_id
from gradus.problems.sources.source import Settings, Source, text_id
from gradus.problems.table import Problem


def problem(row: Row, settings: Settings) -> Problem:
    """Ids are those of MATH's test part, `test/precalculus/807.json`."""
    question = row.text("problem")
    identity = published_id(row) or text_id("test", question)
    return Problem(identity, question, row.answer("answer"), level(row), row.text("subject", "type"), "math500")


SOURCE = Source(
    name="math500",
    licence="MIT (the choice of 500), over MATH",
    rows={"test": (500,)},
    problem=problem,
    part=lambda settings: "test",
)
