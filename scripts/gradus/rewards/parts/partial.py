"""How near a wrong number is to the right one."""

from fractions import Fraction
from typing import cast

from pydantic import Field

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.base import Settings
from gradus.study.settings.reward_part import WEIGHT, Part, Weight


class Partial(Settings):
    """1 for an answer that is a number near the right one, but not right."""

    weight: Weight = Field(description=WEIGHT)
    within: float = Field(0.1, ge=0, le=1, description="Largest distance, as a share of the right number.")
    off_by: float = Field(0.0, ge=0, description="A distance that is near enough whatever the right number is.")


def partial(completion: GradedCompletion, settings: Partial) -> float:
    """1 for a number within 10% of the right one, but not right, else 0; usually 0.3.

    With shows_work, uses_tokens, short and repetition it shapes the reward of zhengpu-berkeley/domain-token-gpt2
    (rl/grpo_train.py), which gives them to wrong answers only and counts a number that is off by 1 as near.
    """
    if completion.right or completion.verdict.answer is None:
        return 0.0
    answer, reference = _number(completion.verdict.answer), _number(completion.reference)
    if answer is None or reference is None:
        return 0.0
    near = max(abs(reference) * Fraction(str(settings.within)), Fraction(str(settings.off_by)))
    return float(0 < abs(answer - reference) <= near)


def _number(answer: str) -> Fraction | None:
    """The exact value of an answer that is one number."""
    from gradus.grading.equivalence import parse_answer

    parsed = parse_answer(answer)
    if parsed.kind != "number":
        return None
    _, number = cast(tuple[str, Fraction], parsed.key)
    return number


PART = Part(partial, Partial)
