"""The reward on problems that are not trained on, by which checkpoints are compared: one greedy answer each."""

from collections.abc import Sequence

from gradus.training.groups import Group

GREEDY = {"temperature": 0.0, "group_size": 1}

HELD_OUT_BATCH = -1
"""The batch before the first: parts of the reward that draw numbers draw the same ones at each checkpoint."""


def mean_reward(groups: Sequence[Group]) -> float:
    return sum(group.rewards[0] for group in groups) / len(groups)
