"""Whether the answer is right."""

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.reward_part import Part


def correct(completion: GradedCompletion) -> float:
    """1 for a right answer, else 0."""
    return float(completion.right)


PART = Part(correct, judges=True)
