"""Rewards of completions: named parts, each logged on its own, and their weighted sum."""

from collections.abc import Sequence
from random import Random

from gradus.grading.verdict import grade


def reward_parts(
    parts: Sequence[str], texts: Sequence[str], golds: Sequence[str], seeds: Sequence[int], methods: Sequence[str]
) -> dict[str, list[float]]:
    """Value of each part for each completion.

    correct  1 for a right answer, else 0;
    format   -1 where no answer is found, else 0: with `correct`, the {-1, 0, 1} reward;
    random   0 or 1 by the completion's seed: a control that carries no information.
    """
    verdicts = [grade(text, gold, methods) for text, gold in zip(texts, golds, strict=True)]
    values = {
        "correct": lambda: [1.0 if verdict.correct else 0.0 for verdict in verdicts],
        "format": lambda: [-1.0 if verdict.answer is None else 0.0 for verdict in verdicts],
        "random": lambda: [float(Random(f"reward/{seed}").random() < 0.5) for seed in seeds],
    }
    return {part: values[part]() for part in parts}


def weighted_sum(parts: dict[str, list[float]], weights: dict[str, float]) -> list[float]:
    """The reward of each completion."""
    return [sum(weights[name] * value for name, value in zip(parts, row)) for row in zip(*parts.values())]
