"""Whether a completion was cut."""

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.reward_part import Part


def overlong(completion: GradedCompletion) -> float:
    """-1 for a completion that was cut at max_tokens, else 0; usually 0.5."""
    return -float(completion.cut)


PART = Part(overlong, blind=True)
