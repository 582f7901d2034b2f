"""Parts of the reward that judge the answer."""

from fractions import Fraction

from gradus.grading.equivalence import parse_answer
from gradus.grading.extraction import extract_answer
from gradus.rewards.rollout import Rollout


def correct(rollout: Rollout) -> float:
    """1 for a right answer, else 0."""
    return float(rollout.right)


def format_penalty(rollout: Rollout) -> float:
    """1 for a right answer, 0 for a wrong one, -1 where no answer is found."""
    if rollout.verdict.answer is None:
        return -1.0
    return float(rollout.right)


def hash_bonus(rollout: Rollout) -> float:
    """1 where an answer, which has a letter or a digit, follows `####`, however the study itself finds answers."""
    answer = extract_answer(rollout.text, ("hash",))
    return float(answer is not None and any(character.isalnum() for character in answer))


def partial(rollout: Rollout, *, within: float, off_by: float) -> float:
    """1 for a number within a share `within` of the right one, or at most `off_by` away from it, but not right."""
    if rollout.right or rollout.verdict.answer is None:
        return 0.0
    answer, gold = _number(rollout.verdict.answer), _number(rollout.gold)
    if answer is None or gold is None:
        return 0.0
    near = max(abs(gold) * Fraction(str(within)), Fraction(str(off_by)))
    return float(0 < abs(answer - gold) <= near)


def _number(answer: str) -> Fraction | None:
    """The exact value of an answer that is one number."""
    parsed = parse_answer(answer)
    return parsed.key[1] if parsed.kind == "number" else None
