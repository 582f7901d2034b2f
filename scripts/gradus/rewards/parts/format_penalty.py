"""Whether the answer is right, with a penalty where none is found."""

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.reward_part import Part


def format_penalty(completion: GradedCompletion) -> float:
    """1 for a right answer, 0 for a wrong one, -1 where no answer is found."""
    if completion.verdict.answer is None:
        return -1.0
    return float(completion.right)


PART = Part(format_penalty, judges=True)
