"""The verdict on a completion, and which of many answers are the same vote."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from gradus.grading.equivalence import Parsed, equivalent, parse_answer
from gradus.grading.extraction import extract_answer


@dataclass(frozen=True, slots=True)
class Verdict:
    """`correct` None is "cannot tell". `reason`: `equal`, `different`, `no_answer`, `too_long` or `unknown`."""

    answer: str | None
    correct: bool | None
    reason: str


def grade(text: str, gold: str | Parsed, methods: Sequence[str] = ("boxed",)) -> Verdict:
    """Judge a completion against the known answer (parse a gold once where it judges many completions)."""
    answer = extract_answer(text, methods)
    if answer is None:
        return Verdict(None, False, "no_answer")
    return grade_answer(answer, gold)


def grade_answer(answer: str, gold: str | Parsed) -> Verdict:
    """Judge an answer that was already found in its completion."""
    read, known = parse_answer(answer), gold if isinstance(gold, Parsed) else parse_answer(gold)
    correct = equivalent(read, known)
    if correct is not None:
        return Verdict(answer, correct, "equal" if correct else "different")
    return Verdict(answer, None, "too_long" if "too_long" in (read.kind, known.kind) else "unknown")


def group_equivalent(answers: Sequence[str | None]) -> list[int]:
    """A group number per answer, 0.. in order of first appearance; -1 for no answer (None or nothing in it).

    Answers of one group have one key, so this takes one parse an answer and no comparison of pairs. Units play no part:
    in votes on one question, 15 and 15 minutes are the same vote.
    """
    groups: dict[Hashable, int] = {}
    by_text: dict[str, int] = {}
    numbers = []
    for answer in answers:
        if answer is None:
            numbers.append(-1)
            continue
        if answer not in by_text:
            parsed = parse_answer(answer)
            by_text[answer] = -1 if parsed.kind == "empty" else groups.setdefault(parsed.key, len(groups))
        numbers.append(by_text[answer])
    return numbers
