"""What a part of a reward declares. Each module of `rewards/parts/` has one, as PART, under the module's name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from gradus.study.settings.base import Settings

Weight = Annotated[float, Field(ge=0)]
WEIGHT = "What the part's value is multiplied by; 0: the part is only logged."
WRONG_ONLY = "Give it to wrong answers only, so that a right one earns the same however it is written."

Refusal = tuple[str, str]
"""A key of a part's settings, and what is wrong with its value."""


@dataclass(frozen=True)
class Part:
    """One part of a reward. Planning loads it too, so its module imports the grader only where it grades.

    value: from -1 to 1 for a completion: `value(completion)`, or `value(completion, settings)` where there are any.
        Its docstring is the description in the documentation of studies.
    settings: a group with a `weight` and more; None where the part has nothing but a weight.
    judges: whether the value depends on the answer being right. A reward without such a part is refused.
    blind: whether the value needs neither the reference answer nor the verdict, so that votes may use it.
    refusal: what is wrong with the settings where completions have at most so many tokens, or None.
    vote_refusal: what is wrong with them in a vote, or None.
    """

    value: Callable[..., float]
    settings: type[Settings] | None = None
    judges: bool = False
    blind: bool = False
    refusal: Callable[[Any, int], Refusal | None] = lambda settings, max_tokens: None
    vote_refusal: Callable[[Any], Refusal | None] = lambda settings: None

    @property
    def description(self) -> str:
        return " ".join((self.value.__doc__ or "").split())
