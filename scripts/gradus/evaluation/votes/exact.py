"""What several samples a question are worth: pass@k and maj@k, exactly, for one question.

Both are expectations over all subsets of k of the n samples drawn, so that no luck of which k were taken remains.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from functools import lru_cache
from math import comb

import numpy as np
from numpy.typing import NDArray

from gradus.provenance.errors import GradusError

NO_ANSWER = -1
CALL_ELEMENTS = 2500
"""What starting one array operation costs, in elements of it: about 2.5 microseconds, at a nanosecond an element."""

Sizes = tuple[int, ...]


def pass_at_k(n: int, c: int, k: int) -> float:
    """Probability that k of the n samples, drawn without replacement, hold at least one of the c correct ones.

    Source: M. Chen et al., "Evaluating large language models trained on code", arXiv:2107.03374 (2021), equation 1.
    Raises GradusError unless 0 <= c <= n and 1 <= k <= n.
    """
    if not 0 <= c <= n:
        raise GradusError(f"{c} correct samples of {n}: the correct ones must be within 0..n")
    check_k(k, n)
    return 1.0 - comb(n - c, k) / comb(n, k)


def maj_at_k(groups: Sequence[int], correct_groups: Collection[int], k: int) -> float:
    """Expected score of plurality voting over the k-subsets of one question's samples.

    groups: for each of the n samples the number of its group of equivalent answers, or -1 for no answer, which casts
    no vote. correct_groups: the groups whose answer is correct. Groups that tie for most votes share the score:
    the share of the tied winners that are correct. A subset without any vote scores 0. k = n is the plain vote.
    Exact up to rounding (about 1e-12) for any n, without enumerating subsets; `exact_operations` says how long it
    takes. Raises GradusError unless 1 <= k <= n.
    """
    check_k(k, len(groups))
    return _expected_vote(*group_sizes(groups, correct_groups), k)


def exact_operations(groups: Sequence[int], correct_groups: Collection[int], k: int) -> int:
    """Elementary array operations that `maj_at_k` would make, about a nanosecond each."""
    right, wrong, _ = group_sizes(groups, correct_groups)
    sizes = np.sort(np.array(right + wrong, dtype=np.int64))
    votes_V = np.arange(1, min(max(right, default=0), k) + 1)
    rivals_V = np.maximum(len(sizes) - np.searchsorted(sizes, votes_V) - 1, 0)
    table_V = (np.minimum(rivals_V, (k - votes_V) // votes_V) + 1) * (k - votes_V + 1) + CALL_ELEMENTS
    steps_V = rivals_V * (np.minimum(votes_V, k - votes_V + 1) + 1) + 2
    return sum(int((steps_V * table_V)[:own].sum()) for own in set(right))


def group_sizes(groups: Sequence[int], correct_groups: Collection[int]) -> tuple[Sizes, Sizes, int]:
    """Sizes of the correct groups and of the wrong ones, ascending, and the number of samples without an answer."""
    counts = Counter(int(group) for group in groups)
    blanks = counts.pop(NO_ANSWER, 0)
    right = tuple(sorted(count for group, count in counts.items() if group in correct_groups))
    wrong = tuple(sorted(count for group, count in counts.items() if group not in correct_groups))
    return right, wrong, blanks


def check_k(k: int, n: int) -> None:
    """Raises GradusError unless 1 <= k <= n."""
    if not 1 <= k <= n:
        raise GradusError(f"k = {k} of {n} samples: choose k within 1..{n}, or draw more samples a question")


@lru_cache(maxsize=65536)
def _expected_vote(right: Sizes, wrong: Sizes, blanks: int, k: int) -> float:
    """As `maj_at_k`, of the sizes of the groups.

    Each sample is taken or left by a coin of chance k / n, and what comes out is conditioned on k being taken: that
    makes every subset of k equally likely, and groups independent before the conditioning. All factors are then
    probabilities, where binomial coefficients would leave the range of float64 at about 1000 samples.

    Many questions of a benchmark have the same sizes (all samples agree, most often), hence the cache.
    """
    n = sum(right) + sum(wrong) + blanks
    share = k / n
    total = 0.0
    for own, alike in Counter(right).items():
        others = list(right + wrong)
        others.remove(own)
        chance_V = _binomial(own, share)
        for votes in range(1, min(own, k) + 1):
            rest_W = _chances_without_more(others, blanks, votes, k - votes, share)
            shared = float((rest_W / np.arange(1, len(rest_W) + 1)).sum())
            total += alike * float(chance_V[votes]) * shared
    return min(1.0, total / float(_binomial(n, share)[k]))


def _chances_without_more(others: Sequence[int], blanks: int, votes: int, draws: int, share: float) -> NDArray:
    """Chance that the other groups and the blanks give `draws` samples, and no group more than `votes`.

    Returns shape (ties + 1,): entry w is the chance that exactly w groups give `votes` each. Summed group by group
    over (ties, samples taken so far). Groups too small to reach `votes` restrict nothing and are drawn from as one
    pool, which leaves at most n / votes steps.
    """
    rivals = [count for count in others if count >= votes]
    pool = blanks + sum(count for count in others if count < votes)
    chances_W_D = np.zeros((min(len(rivals), draws // votes) + 1, draws + 1))
    drawn_from_pool = _binomial(pool, share)[: draws + 1]
    chances_W_D[0, : len(drawn_from_pool)] = drawn_from_pool
    for count in rivals:
        chance_D = _binomial(count, share)
        grown_W_D = np.zeros_like(chances_W_D)
        for drawn in range(min(votes - 1, draws) + 1):
            grown_W_D[:, drawn:] += chance_D[drawn] * chances_W_D[:, : draws + 1 - drawn]
        if votes <= draws:
            grown_W_D[1:, votes:] += chance_D[votes] * chances_W_D[:-1, : draws + 1 - votes]
        chances_W_D = grown_W_D
    return chances_W_D[:, draws]


@lru_cache(maxsize=4096)
def _binomial(n: int, share: float) -> NDArray[np.float64]:
    """P(0), ..., P(n) of Binomial(n, share), for 0 < share <= 1; relative error about n times 1e-16."""
    if share == 1:
        return np.append(np.zeros(n), 1.0)
    # From the likeliest count outward, so that nothing grows: the tails may underflow to 0, where they are nothing.
    mode = min(n, int((n + 1) * share))
    up = np.arange(mode, n)
    down = np.arange(mode, 0, -1)
    odds = share / (1 - share)
    above = np.cumprod((n - up) / (up + 1) * odds)
    below = np.cumprod(down / (n - down + 1) / odds)
    chances = np.concatenate([below[::-1], [1.0], above])
    return chances / chances.sum()
