"""Parts of the reward that depend on how long a completion is, in tokens."""

import math

from gradus.rewards.rollout import Rollout


def overlong(rollout: Rollout) -> float:
    """-1 for a completion that was cut."""
    return -float(rollout.cut)


def overlong_unanswered(rollout: Rollout) -> float:
    """-1 for a completion that was cut before it had an answer: what an answer is worth is left to other parts."""
    return -float(rollout.cut and rollout.verdict.answer is None)


def overlong_ramp(rollout: Rollout, *, cache: int | None) -> float:
    """The soft overlong punishment of DAPO (Yu et al. 2025, arXiv:2503.14476, eq. 13).

    0 up to max_tokens - cache tokens, then in a straight line to -1 at max_tokens. Without a `cache` it is a fifth of
    max_tokens, as there (4,096 of 20,480).
    """
    cache = max(1, rollout.max_tokens // 5) if cache is None else cache
    over = len(rollout.token_ids) - (rollout.max_tokens - cache)
    return -min(max(over / cache, 0.0), 1.0)


def length(
    rollout: Rollout, *, right_short: float, right_long: float, wrong_short: float, wrong_long: float, cut: float
) -> float:
    """The cosine reward of Yeo et al. 2025 (arXiv:2502.03373, eq. 1).

    From the short value at no length to the long one at max_tokens along half a cosine wave; `cut` at the limit.
    """
    if rollout.cut:
        return cut
    begin, end = (right_short, right_long) if rollout.right else (wrong_short, wrong_long)
    share = len(rollout.token_ids) / rollout.max_tokens
    return end + 0.5 * (begin - end) * (1 + math.cos(math.pi * share))
