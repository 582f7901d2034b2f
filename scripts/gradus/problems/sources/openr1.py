"""OpenR1-Math-220k: problem, answer, uuid, and up to a few generations of DeepSeek R1 with verdicts.

Hub: open-r1/OpenR1-Math-220k. A row is kept if one of its generations is complete, verified and short enough.
"""

from typing import Literal

from pydantic import Field

from gradus.problems.checks import malformed
from gradus.problems.problem import Problem
from gradus.problems.raw.row import Row
from gradus.problems.source import PublishedSource
from gradus.study.settings.downloads import MARKS, files_field, repo_field
from gradus.study.settings.problems import PublishedProblems

FOLDERS = {"default": "data", "extended": "extended", "all": "all"}
_VERDICTS = {
    "math_verify": ("correctness_math_verify",),
    "llama": ("correctness_llama",),
    "either": ("correctness_math_verify", "correctness_llama"),
}

VerifiedBy = Literal["math_verify", "llama", "either", "nobody"]


class OpenR1Problems(PublishedProblems):
    """Problems of OpenR1-Math-220k that have a generation which passes the filters; 93,733 rows before them."""

    source: Literal["openr1"] = Field("openr1", description="OpenR1-Math-220k.")
    repo: str = repo_field("open-r1/OpenR1-Math-220k")
    files: list[str] = files_field("{config}/train-*.parquet", marks=MARKS)
    config: Literal["default", "extended", "all"] = Field("default", description="The publisher's part of the set.")
    verified_by: VerifiedBy = Field("math_verify", description="Whose verdict a generation needs; nobody: none.")
    max_characters: int | None = Field(None, ge=1, description="Longest generation that counts; null: any length.")


def problem(row: Row, settings: OpenR1Problems) -> Problem:
    """Ids are the publisher's `uuid`."""
    answer = "" if row.get("answer") is None else row.answer("answer")
    subject = "" if row.get("problem_type") is None else row.text("problem_type")
    return Problem(row.text("uuid", "id"), row.text("problem"), answer, 0, subject, "openr1")


def kept_generations(row: Row, verified_by: VerifiedBy, max_characters: int | None) -> list[str]:
    """The generations that end, that `verified_by` finds right, and that are no longer than `max_characters`."""
    generations = row.texts("generations")
    complete = _flags(row, "is_reasoning_complete", len(generations), missing=True)
    verdicts = [_flags(row, name, len(generations), missing=False) for name in _VERDICTS.get(verified_by, ())]
    kept = []
    for index, text in enumerate(generations):
        verified = not verdicts or any(flags[index] for flags in verdicts)
        if complete[index] and verified and (max_characters is None or len(text) <= max_characters):
            kept.append(text)
    return kept


def left_out(row: Row, settings: OpenR1Problems) -> str | None:
    if row.get("question_type") == "proof" or not str(row.get("answer") or "").strip():
        return "no answer to check"
    if malformed(str(row.get("answer"))):
        return "malformed answer"
    if not kept_generations(row, settings.verified_by, settings.max_characters):
        return "no generation passes the filters"
    return None


def _flags(row: Row, name: str, count: int, missing: bool) -> list[bool]:
    """A verdict for each generation; where the publisher has none for the row, `missing` for all."""
    flags = row.get(name)
    if not flags:
        return [missing] * count
    if not isinstance(flags, list) or len(flags) != count:
        raise row.error(f"{name} is not one verdict for each of {count} generations", "correct the row")
    return [bool(flag) for flag in flags]


SOURCE = PublishedSource(
    settings=OpenR1Problems,
    licence="Apache-2.0",
    rows={"default": (93733,), "extended": (131396,), "all": (225129,)},
    problem=problem,
    part=lambda settings: settings.config,
    config=lambda settings: FOLDERS[settings.config],
    left_out=left_out,
)
