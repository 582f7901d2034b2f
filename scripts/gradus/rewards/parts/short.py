"""Whether a completion is short."""

from pydantic import Field

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.base import Settings
from gradus.study.settings.reward_part import WEIGHT, WRONG_ONLY, Part, Weight


class Short(Settings):
    """1 for a short text."""

    weight: Weight = Field(description=WEIGHT)
    words: int = Field(150, ge=1, description="It has fewer words than this.")
    wrong_only: bool = Field(False, description=WRONG_ONLY)


def short(completion: GradedCompletion, settings: Short) -> float:
    """1 for a text of fewer than 150 words, else 0; usually 0.1."""
    if settings.wrong_only and completion.right:
        return 0.0
    return float(len(completion.words) < settings.words)


PART = Part(short, Short, blind=True)
