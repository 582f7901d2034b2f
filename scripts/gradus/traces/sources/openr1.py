"""OpenR1-Math-220k: problem, answer, and generations of DeepSeek R1, each with the publisher's verdicts."""

from typing import Literal

from pydantic import Field

from gradus.problems.raw.files import read_rows
from gradus.problems.sources.openr1 import VerifiedBy, kept_generations
from gradus.study.settings.downloads import files_field, repo_field
from gradus.study.settings.traces import PublishedTraces
from gradus.traces.candidate import Candidate, Found, asked, checked
from gradus.traces.source import Keep, Reading, TraceSource


class OpenR1Traces(PublishedTraces):
    """Generations of DeepSeek R1 from OpenR1-Math-220k, in `<think>` tags, with verdicts."""

    kind: Literal["openr1"] = Field("openr1", description="OpenR1-Math-220k.")
    repo: str = repo_field("open-r1/OpenR1-Math-220k")
    files: list[str] = files_field("data/train-*.parquet")
    verified_by: VerifiedBy = Field("math_verify", description="Whose verdict a generation needs; nobody: none.")
    keep: Keep = Field("shortest", description="Which of a problem's generations that pass the filters to keep.")


def read(reading: Reading, settings: OpenR1Traces) -> Found:
    """One candidate a row with its complete and verified generations."""
    for row in read_rows(reading.file, "train"):
        solutions = tuple(kept_generations(row, settings.verified_by, None))
        if not solutions:
            yield "not_verified"
            continue
        for solution in solutions:
            checked(row, "generation", solution)
        answer = "" if row.get("answer") is None else row.answer("answer")
        question = asked(row, row.text("problem"), reading.prompt)
        yield Candidate(row.text("uuid", "id"), question, solutions, answer, "DeepSeek R1", row.place)


SOURCE = TraceSource(settings=OpenR1Traces, read=read, count=93_733, keep=lambda settings: settings.keep)
