"""Rollouts for tests: a text that is graded as a study would, of as many tokens as it has words."""

from typing import Any

from gradus.grading.verdict import grade
from gradus.rewards.rollout import Rollout


def rollout(text: str = "\\boxed{4}", gold: str = "4", tokens: int | None = None, **changes: Any) -> Rollout:
    values: dict[str, Any] = {
        "text": text,
        "token_ids": text.split() if tokens is None else list(range(tokens)),
        "finish_reason": "stop",
        "max_tokens": 100,
        "gold": gold,
        "verdict": grade(text, gold, ("boxed",)),
        "seed": 1,
    }
    return Rollout(**values | changes)
