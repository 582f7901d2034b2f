"""Parts of the reward that know nothing: what they teach is not learned from answers."""

from random import Random

from gradus.rewards.rollout import Rollout


def random(rollout: Rollout) -> float:
    """0 or 1 by the completion's seed."""
    return float(Random(f"reward/{rollout.seed}").random() < 0.5)
