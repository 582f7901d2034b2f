"""For parts of a reward: `def part(completion: GradedCompletion, settings: MySettings) -> float`."""

from pydantic import Field

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.reward_part import Part, PartSettings

__all__ = ["Field", "GradedCompletion", "Part", "PartSettings"]
