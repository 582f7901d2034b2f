"""What a part of a reward declares. Each module of `rewards/parts/` has one, as PART, under the module's name; in own
code it is a function, or a Part where there is more to say.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any

from pydantic import Field

from gradus.study.settings.base import Settings
from gradus.study.settings.own_function import own_function
from gradus.study.settings.own_modules import is_own
from gradus.study.settings.plugins import load_plugin

PARTS = "gradus.rewards.parts"

Weight = Annotated[float, Field(ge=0)]
WEIGHT = "What the part's value is multiplied by; 0: the part is only logged."
WRONG_ONLY = "Give it to wrong answers only, so that a right one earns the same however it is written."

Refusal = tuple[str, str]
"""A key of a part's settings, and what is wrong with its value."""


class PartSettings(Settings):
    """What every part of a reward has: its weight."""

    weight: Weight = Field(description=WEIGHT)


@dataclass(frozen=True)
class Part:
    """One part of a reward. Planning loads it too, so its module imports the grader only where it grades.

    value: from -1 to 1 for a completion: `value(completion)`, or `value(completion, settings)` where there are any.
        Its docstring is the description in the documentation of studies.
    settings: a group with a `weight` and more; None where the part has nothing but a weight.
    judges: whether the value depends on the answer being right. A reward without such a part is refused.
    blind: whether the value needs neither the reference answer nor the verdict, so that votes may use it.
    of_calls: whether it is about calls of tools, which an environment has to answer.
    of_steps: whether it needs the intermediate results of reference solutions, which the problem set has to have.
    refusal: what is wrong with the settings where completions have at most so many tokens, or None.
    vote_refusal: what is wrong with them in a vote, or None.
    """

    value: Callable[..., float]
    settings: type[Settings] | None = None
    judges: bool = False
    blind: bool = False
    of_calls: bool = False
    of_steps: bool = False
    refusal: Callable[[Any, int], Refusal | None] = lambda settings, max_tokens: None
    vote_refusal: Callable[[Any], Refusal | None] = lambda settings: None

    @property
    def description(self) -> str:
        return " ".join((self.value.__doc__ or "").split())


def load_part(name: str) -> Part:
    """The part of this name. Raises OwnCodeError for own code that is none."""
    found = load_plugin(PARTS, name, "PART")
    return _own_part(found, name) if is_own(name) else found


@cache
def _own_part(found: Any, name: str) -> Part:
    """Of a function, or of what a Part says of one besides."""
    part = found if isinstance(found, Part) else Part(found)
    own = own_function(part.value, name, "a part of the reward", {"completion": PartSettings})
    return part if own.settings is None else replace(part, value=own, settings=own.settings)
