"""The reward of an experiment: its parts as a job gets them, and the checks that no single key can make."""

from typing import Any

from gradus.study.file import KeyPath
from gradus.study.mistakes import Mistake
from gradus.study.settings.rewards import PARTS, BlindRewards, Rewards
from gradus.study.settings.training import Grpo


def reward_parts(rewards: Rewards | BlindRewards) -> dict[str, dict[str, Any]]:
    """The parts that a reward has, each with its weight and all of its settings."""
    parts = rewards.model_dump(mode="json").items()
    return {name: part if isinstance(part, dict) else {"weight": part} for name, part in parts if part is not None}


def reward_mistakes(experiment: Grpo, keys: KeyPath) -> list[Mistake]:
    """What is wrong with the reward that an experiment states; `keys` lead to it."""
    if experiment.rewards is None:
        return []
    parts = reward_parts(experiment.rewards)
    if not any(PARTS[name].judges for name in parts):
        what = "no part of this reward judges the answer, and the parts listed here are all it has"
        return [(keys, f"{what}: add correct: 1, or correct: 0 to do without")]
    if not any(part["weight"] for part in parts.values()):
        return [(keys, "no part of this reward has a weight above 0")]
    refusals = {name: PARTS[name].refusal(getattr(experiment.rewards, name), experiment.max_tokens) for name in parts}
    return [((*keys, name, refusal[0]), refusal[1]) for name, refusal in refusals.items() if refusal is not None]


def vote_mistakes(rewards: BlindRewards, keys: KeyPath) -> list[Mistake]:
    """What is wrong with the parts that votes are weighed by; `keys` lead to them."""
    refusals = {name: PARTS[name].vote_refusal(getattr(rewards, name)) for name in reward_parts(rewards)}
    return [((*keys, name, refusal[0]), refusal[1]) for name, refusal in refusals.items() if refusal is not None]
