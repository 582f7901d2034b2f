"""The reward of a completion: named parts, each logged on its own, and their weighted sum."""

import math
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

from gradus.provenance.errors import GradusError
from gradus.provenance.own_code import own_errors
from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.plugins import plugin_module
from gradus.study.settings.reward_part import PARTS, Part, load_part

Composition = Mapping[str, Mapping[str, Any]]
"""The parts of a reward by name, each with its weight and its settings, as a spec has them."""


def reward_modules(parts: Iterable[str]) -> tuple[str, ...]:
    """The modules of these parts, for the specs of jobs that use them: a new part changes no other job's code."""
    return tuple(dict.fromkeys(plugin_module(PARTS, name) for name in sorted(parts)))


def part_values(completion: GradedCompletion, composition: Composition) -> dict[str, float]:
    """The value of each part, before its weight. Raises GradusError where own code fails or gives no finite number."""
    return {name: _value(name, completion, settings) for name, settings in composition.items()}


def weighted_sum(values: Mapping[str, float], composition: Composition) -> float:
    """The reward that part values add up to."""
    return sum(composition[name]["weight"] * value for name, value in values.items())


def _value(name: str, completion: GradedCompletion, settings: Mapping[str, Any]) -> float:
    with own_errors(name):
        value = _unchecked(load_part(name), completion, settings)
    if not (isinstance(value, Real) and math.isfinite(value)):
        raise GradusError(
            f"rewards.{name}: gave {value!r:.60} for the completion {completion.text!r:.60}; return a finite number"
        )
    return float(value)


def _unchecked(part: Part, completion: GradedCompletion, settings: Mapping[str, Any]) -> Any:
    if part.settings is None:
        return part.value(completion)
    return part.value(completion, part.settings.model_validate(settings))
