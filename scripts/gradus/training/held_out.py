"""The reward on problems that are not trained on, by which checkpoints are compared: one greedy answer each."""

from collections.abc import Sequence

from gradus.specs.training import GrpoSpec
from gradus.training.groups import Group

HELD_OUT_BATCH = -1
"""The batch before the first: parts of the reward that draw numbers draw the same ones at each checkpoint."""


def greedy(settings: GrpoSpec) -> GrpoSpec:
    """The settings by which held-out problems are answered. A reward whose parts are only logged, as that of a
    distillation, counts here: checkpoints are compared by it."""
    rewards = settings.rewards
    if not any(part["weight"] for part in rewards.values()):
        rewards = {name: part | {"weight": 1.0} for name, part in rewards.items()}
    return settings.model_copy(update={"temperature": 0.0, "group_size": 1, "rewards": rewards})


def mean_reward(groups: Sequence[Group]) -> float:
    return sum(group.rewards[0] for group in groups) / len(groups)
