"""The soft overlong punishment of DAPO (Yu et al. 2025, arXiv:2503.14476, eq. 13)."""

from pydantic import Field

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.base import Settings
from gradus.study.settings.reward_part import WEIGHT, Part, Refusal, Weight


class OverlongRamp(Settings):
    """From 0 down to -1 along the last tokens before max_tokens."""

    weight: Weight = Field(description=WEIGHT)
    cache: int | None = Field(
        None, ge=1, description="Over how many tokens it falls; null: a fifth of max_tokens, as in DAPO."
    )


def overlong_ramp(completion: GradedCompletion, settings: OverlongRamp) -> float:
    """0 up to max_tokens less `cache`, from there in a straight line to -1 at max_tokens.

    The soft overlong punishment of DAPO (Yu et al. 2025, arXiv:2503.14476, eq. 13); 0.5 beside `correct: 1` is its
    scale, for there a right answer earns 1 and a wrong one -1.
    """
    # A fifth of max_tokens is 4,096 of DAPO's 20,480.
    cache = max(1, completion.max_tokens // 5) if settings.cache is None else settings.cache
    over = len(completion.token_ids) - (completion.max_tokens - cache)
    return -min(max(over / cache, 0.0), 1.0)


def refusal(settings: OverlongRamp, max_tokens: int) -> Refusal | None:
    if settings.cache is not None and settings.cache > max_tokens:
        return "cache", f"has to be at most max_tokens ({max_tokens})"
    return None


PART = Part(overlong_ramp, OverlongRamp, blind=True, refusal=refusal)
