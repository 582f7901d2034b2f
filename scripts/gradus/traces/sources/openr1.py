"""OpenR1-Math-220k: problem, answer, and generations of DeepSeek R1, each with the publisher's verdicts."""

from pathlib import Path
from typing import Any

from gradus.problems.raw.files import read_rows
from gradus.problems.sources.openr1 import kept_generations
from gradus.traces.candidate import Candidate, Found, asked, checked


def read(path: Path, settings: dict[str, Any]) -> Found:
    """One candidate a row with its complete and verified generations."""
    for row in read_rows(path, "train"):
        solutions = tuple(kept_generations(row, settings["verified_by"], None))
        if not solutions:
            yield "not_verified"
            continue
        for solution in solutions:
            checked(row, "generation", solution)
        answer = "" if row.get("answer") is None else row.answer("answer")
        question = asked(row, row.text("problem"), settings["prompt"])
        yield Candidate(row.text("uuid", "id"), question, solutions, answer, "DeepSeek R1", row.place)
