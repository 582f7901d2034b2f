"""The cosine reward of Yeo et al. 2025 (arXiv:2502.03373, eq. 1)."""

import math

from pydantic import Field

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.base import Settings
from gradus.study.settings.reward_part import WEIGHT, Part, Weight


class Length(Settings):
    """A right answer earns less the longer it is, a wrong one loses less: half a cosine wave from 0 to max_tokens."""

    weight: Weight = Field(description=WEIGHT)
    right_short: float = Field(1.0, description="Value of a right answer of no length.")
    right_long: float = Field(0.5, description="Value of a right answer of max_tokens.")
    wrong_short: float = Field(-1.0, description="Value of a wrong answer of no length.")
    wrong_long: float = Field(-0.5, description="Value of a wrong answer of max_tokens.")
    cut: float = Field(-1.0, description="Value of a completion that was cut at max_tokens.")


def length(completion: GradedCompletion, settings: Length) -> float:
    """From 1 down to 0.5 for a right answer, from -1 up to -0.5 for a wrong one, by its length; -1 where it was cut.

    The cosine reward of Yeo et al. 2025 (arXiv:2502.03373), with the values of open-r1.
    """
    if completion.cut:
        return settings.cut
    right, wrong = (settings.right_short, settings.right_long), (settings.wrong_short, settings.wrong_long)
    begin, end = right if completion.right else wrong
    share = len(completion.token_ids) / completion.max_tokens
    return end + 0.5 * (begin - end) * (1 + math.cos(math.pi * share))


PART = Part(length, Length, judges=True)
