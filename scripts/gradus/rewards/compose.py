"""The reward of a completion: named parts, each logged on its own, and their weighted sum."""

from collections.abc import Callable, Mapping
from typing import Any

from gradus.rewards import answer, control, length, writing
from gradus.rewards.rollout import Rollout

# What each part means to a study, with its settings and sources, stands in study/settings/rewards.py.
PARTS: dict[str, Callable[..., float]] = {
    "correct": answer.correct,
    "format_penalty": answer.format_penalty,
    "hash_bonus": answer.hash_bonus,
    "partial": answer.partial,
    "shows_work": writing.shows_work,
    "domain_tokens": writing.domain_tokens,
    "short": writing.short,
    "repetition": writing.repetition,
    "overlong": length.overlong,
    "overlong_unanswered": length.overlong_unanswered,
    "overlong_ramp": length.overlong_ramp,
    "length": length.length,
    "random": control.random,
}

Composition = Mapping[str, Mapping[str, Any]]
"""The parts of a reward by name, each with its weight and its settings, as a spec has them."""


def part_values(rollout: Rollout, composition: Composition) -> dict[str, float]:
    """The value of each part, before its weight."""
    return {
        name: PARTS[name](rollout, **{key: value for key, value in settings.items() if key != "weight"})
        for name, settings in composition.items()
    }


def weighted_sum(values: Mapping[str, float], composition: Composition) -> float:
    """The reward that part values add up to."""
    return sum(composition[name]["weight"] * value for name, value in values.items())
