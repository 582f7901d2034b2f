"""Completions for tests: a text that is graded as a study would, of as many tokens as it has words."""

from typing import Any

from gradus.grading.verdict import grade
from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.reward_part import load_part


def completion(
    text: str = "\\boxed{4}", reference: str = "4", tokens: int | None = None, **changes: Any
) -> GradedCompletion:
    values: dict[str, Any] = {
        "text": text,
        "token_ids": text.split() if tokens is None else list(range(tokens)),
        "finish_reason": "stop",
        "max_tokens": 100,
        "reference": reference,
        "verdict": grade(text, reference, ("boxed",)),
        "seed": 1,
    }
    return GradedCompletion(**values | changes)


def value(part: str, completion: GradedCompletion, **settings: Any) -> float:
    """The value of a part, with these settings besides its defaults."""
    found = load_part(part)
    if found.settings is None:
        return found.value(completion)
    return found.value(completion, found.settings.model_validate({"weight": 1.0} | settings))
