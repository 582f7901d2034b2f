"""The reward of an experiment: its parts as a job gets them, and the checks that no single key can make."""

from typing import Any

from gradus.study.file import KeyPath
from gradus.study.mistakes import Mistake
from gradus.study.settings.rewards import Rewards
from gradus.study.settings.training import Grpo

JUDGES = ("correct", "format_penalty", "length", "random")
"""Parts whose value depends on the answer, or pretends to."""


def reward_parts(rewards: Rewards) -> dict[str, dict[str, Any]]:
    """The parts that a reward has, each with its weight and all of its settings."""
    parts = rewards.model_dump(mode="json").items()
    return {name: part if isinstance(part, dict) else {"weight": part} for name, part in parts if part is not None}


def reward_mistakes(experiment: Grpo, keys: KeyPath) -> list[Mistake]:
    """What is wrong with the reward that an experiment states; `keys` lead to it."""
    if experiment.rewards is None:
        return []
    parts = reward_parts(experiment.rewards)
    if not any(name in parts for name in JUDGES):
        what = "no part of this reward judges the answer; what stands here is all of it"
        return [(keys, f"{what}: add correct: 1, or correct: 0 to do without")]
    if not any(part["weight"] for part in parts.values()):
        return [(keys, "no part of this reward has a weight above 0")]
    cache = parts.get("overlong_ramp", {}).get("cache")
    if cache is not None and cache > experiment.max_tokens:
        return [((*keys, "overlong_ramp", "cache"), f"has to be at most max_tokens ({experiment.max_tokens})")]
    return []
