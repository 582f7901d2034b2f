"""The reward of a completion: named parts, each logged on its own, and their weighted sum."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.reward_part import Part

Composition = Mapping[str, Mapping[str, Any]]
"""The parts of a reward by name, each with its weight and its settings, as a spec has them."""


def reward_modules(parts: Iterable[str]) -> tuple[str, ...]:
    """The modules of these parts, for the specs of jobs that use them: a new part changes no other job's code."""
    return tuple(f"gradus.rewards.parts.{name}" for name in sorted(parts))


def part_named(name: str) -> Part:
    (module,) = reward_modules([name])
    return import_module(module).PART


def part_values(completion: GradedCompletion, composition: Composition) -> dict[str, float]:
    """The value of each part, before its weight."""
    return {name: _value(part_named(name), completion, settings) for name, settings in composition.items()}


def weighted_sum(values: Mapping[str, float], composition: Composition) -> float:
    """The reward that part values add up to."""
    return sum(composition[name]["weight"] * value for name, value in values.items())


def _value(part: Part, completion: GradedCompletion, settings: Mapping[str, Any]) -> float:
    if part.settings is None:
        return part.value(completion)
    return part.value(completion, part.settings.model_validate(settings))
