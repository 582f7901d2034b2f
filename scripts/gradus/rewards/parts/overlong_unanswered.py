"""Whether a completion was cut before it had an answer; what an answer is worth is left to other parts."""

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.reward_part import Part


def overlong_unanswered(completion: GradedCompletion) -> float:
    """-1 for a completion that was cut at max_tokens and in which no answer is found, else 0; usually 0.5: a hard
    penalty for what came to nothing.
    """
    return -float(completion.cut and completion.verdict.answer is None)


PART = Part(overlong_unanswered, blind=True)
