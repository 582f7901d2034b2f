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
MOST_SAMPLES = 1000  # beyond it the binomial coefficients leave the range of float64


def pass_at_k(n: int, c: int, k: int) -> float:
    """Probability that k of the n samples, drawn without replacement, hold at least one of the c correct ones.

    Source: M. Chen et al., "Evaluating large language models trained on code", arXiv:2107.03374 (2021), equation 1.
    Raises GradusError unless 0 <= c <= n and 1 <= k <= n.
    """
    if not 0 <= c <= n:
        raise GradusError(f"{c} correct samples of {n}: the correct ones must be within 0..n")
    _check_k(k, n)
    return 1.0 - comb(n - c, k) / comb(n, k)


def maj_at_k(groups: Sequence[int], correct_groups: Collection[int], k: int) -> float:
    """Expected score of plurality voting over the k-subsets of one question's samples.

    groups: for each of the n samples the number of its group of equivalent answers, or -1 for no answer, which casts
    no vote. correct_groups: the groups whose answer is correct. Groups that tie for most votes share the score:
    the share of the tied winners that are correct. A subset without any vote scores 0. k = n is the plain vote.
    Exact up to rounding (about 1e-12), without enumerating subsets. Raises GradusError unless 1 <= k <= n <= 1000.
    """
    _check_k(k, len(groups))
    counts = Counter(int(group) for group in groups)
    blanks = counts.pop(NO_ANSWER, 0)
    right = tuple(sorted(count for group, count in counts.items() if group in correct_groups))
    wrong = tuple(sorted(count for group, count in counts.items() if group not in correct_groups))
    return _expected_vote(right, wrong, blanks, k)


@lru_cache(maxsize=65536)
def _expected_vote(right: tuple[int, ...], wrong: tuple[int, ...], blanks: int, k: int) -> float:
    """As `maj_at_k`, of the sizes of the correct groups, of the wrong groups, and the number of samples without answer.

    Many questions of a benchmark have the same sizes (all samples agree, most often), hence the cache.
    """
    n = sum(right) + sum(wrong) + blanks
    total = 0.0
    for index, own in enumerate(right):
        others = right[:index] + right[index + 1 :] + wrong
        for votes in range(1, min(own, k) + 1):
            rest = _ways_without_more(others, blanks, votes, k - votes)
            shared = float((rest / np.arange(1, len(rest) + 1)).sum())
            total += comb(own, votes) * shared
    return min(1.0, total / comb(n, k))


def _ways_without_more(others: tuple[int, ...], blanks: int, votes: int, draws: int) -> NDArray[np.float64]:
    """Ways to draw `draws` samples from the other groups and the blanks so that no group gets more than `votes`.

    Returns shape (ties + 1,): entry w counts the ways in which exactly w groups get `votes` each. It is the
    multivariate hypergeometric distribution, summed group by group over (ties, samples drawn so far). Groups too
    small to reach `votes` restrict nothing and are drawn from as one pool, which leaves at most n / votes steps.
    """
    rivals = [count for count in others if count >= votes]
    pool = blanks + sum(count for count in others if count < votes)
    ways_W_D = np.zeros((min(len(rivals), draws // votes) + 1, draws + 1))
    ways_W_D[0] = [comb(pool, drawn) for drawn in range(draws + 1)]
    for count in rivals:
        grown_W_D = np.zeros_like(ways_W_D)
        for drawn in range(min(votes - 1, draws) + 1):
            grown_W_D[:, drawn:] += comb(count, drawn) * ways_W_D[:, : draws + 1 - drawn]
        if votes <= draws:
            grown_W_D[1:, votes:] += comb(count, votes) * ways_W_D[:-1, : draws + 1 - votes]
        ways_W_D = grown_W_D
    return ways_W_D[:, draws]


def _check_k(k: int, n: int) -> None:
    if not 1 <= k <= n:
        raise GradusError(f"k = {k} of {n} samples: choose k within 1..{n}, or draw more samples a question")
    if n > MOST_SAMPLES:
        raise GradusError(f"{n} samples a question are more than the {MOST_SAMPLES} that are counted exactly")
