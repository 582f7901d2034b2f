"""A control: what is learned from it is not learned from answers."""

from random import Random

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.reward_part import Part


def random(completion: GradedCompletion) -> float:
    """0 or 1 by the completion's seed: a control that knows nothing of the answer."""
    return float(Random(f"reward/{completion.seed}").random() < 0.5)


PART = Part(random, judges=True)  # it pretends to: a reward may be this part alone
