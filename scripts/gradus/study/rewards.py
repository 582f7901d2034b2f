"""The reward of an experiment: its parts as a job gets them, and the checks that no single key can make."""

from collections.abc import Iterator
from typing import Any

from gradus.study.file import KeyPath
from gradus.study.mistakes import Mistake
from gradus.study.problem_sets import lacks_solutions, origin_of
from gradus.study.settings.grpo import Grpo
from gradus.study.settings.reward_part import load_part
from gradus.study.settings.rewards import BlindRewards, Rewards
from gradus.training.capabilities import distills


def reward_parts(rewards: Rewards | BlindRewards) -> dict[str, dict[str, Any]]:
    """The parts that a reward has, each with its weight and all of its settings."""
    parts = rewards.model_dump(mode="json").items()
    return {name: part if isinstance(part, dict) else {"weight": part} for name, part in parts if part is not None}


def reward_mistakes(experiment: Grpo, keys: KeyPath) -> list[Mistake]:
    """What is wrong with the reward that an experiment states; `keys` lead to it."""
    if experiment.rewards is None:
        return []
    parts = reward_parts(experiment.rewards)
    if not any(load_part(name).judges for name in parts):
        what = "no part of this reward judges the answer, and the parts listed here are all it has"
        return [(keys, f"{what}: add correct: 1, or correct: 0 to do without")]
    if not (counts_rewards(experiment) or distills(experiment)):
        return [(keys, "no part of this reward has a weight above 0")]
    most = experiment.max_tokens
    refusals = {name: load_part(name).refusal(getattr(experiment.rewards, name), most) for name in parts}
    return [((*keys, name, refusal[0]), refusal[1]) for name, refusal in refusals.items() if refusal is not None]


def sets_with_steps(study: Any) -> set[str]:
    """The problem sets whose solutions' intermediate results a reward needs; of a subset, what it is taken from."""
    return {
        origin
        for experiment in study.experiments.values()
        if isinstance(experiment, Grpo) and _needs_steps(experiment)
        for name in _rewarded(experiment)
        if (origin := origin_of(study.problems, name)) is not None
    }


def step_reward_mistakes(study: Any) -> Iterator[Mistake]:
    """Rewards for intermediate results of problems without worked solutions. For studies whose names are there."""
    for name, experiment in study.experiments.items():
        if isinstance(experiment, Grpo) and (part := _needs_steps(experiment)):
            for problems in _rewarded(experiment):
                if lacking := lacks_solutions(study.problems, problems):
                    what = f"needs the solutions of {problems!r}, and {lacking}"
                    yield ("experiments", name, "rewards", part), what


def _needs_steps(experiment: Grpo) -> str:
    """The part of the reward that does; empty for none."""
    parts = [] if experiment.rewards is None else reward_parts(experiment.rewards)
    return next((name for name in parts if load_part(name).of_steps), "")


def _rewarded(experiment: Grpo) -> list[str]:
    """The problem sets whose completions are rewarded."""
    return [*experiment.sets, *([experiment.held_out] if experiment.held_out is not None else [])]


def counts_rewards(experiment: Grpo) -> bool:
    """Whether any part of the reward that an experiment states has a weight."""
    stated = experiment.rewards
    return stated is not None and any(part["weight"] for part in reward_parts(stated).values())


def vote_mistakes(rewards: BlindRewards, keys: KeyPath) -> list[Mistake]:
    """What is wrong with the parts that votes are weighed by; `keys` lead to them."""
    refusals = {name: load_part(name).vote_refusal(getattr(rewards, name)) for name in reward_parts(rewards)}
    return [((*keys, name, refusal[0]), refusal[1]) for name, refusal in refusals.items() if refusal is not None]
