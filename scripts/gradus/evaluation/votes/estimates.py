"""maj@k of one question, plain or with weights: exact where that is cheap, else by Monte Carlo with its error.

Cheap means at most `BUDGET_OPERATIONS` elementary operations, estimated before they are made: those of the exact count
(`votes.exact_operations`) for plain votes, those of going through all k-subsets for votes with weights. 16 samples are
exact at every k; so are plain votes of some thousand samples unless k and the number of rival answers are both large.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations
from math import comb, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradus.evaluation.votes.exact import NO_ANSWER, check_k, exact_operations, group_sizes, maj_at_k
from gradus.provenance.errors import GradusError

BUDGET_OPERATIONS = 100_000_000
"""Operations of one question, of about a nanosecond each."""
DRAWS = 10_000
"""Subsets of a Monte Carlo estimate: a standard error of at most half a point for one question."""
TIE_SHARE = 1e-9
"""Weight sums this close, as a share of the larger, are equal: added in another order they differ by rounding."""
SAMPLE_OPERATIONS = 20
"""Operations for each sample of each subset that is gone through, beside those for each of its groups."""
BLOCK_NUMBERS = 1 << 22  # numbers in memory at a time


@dataclass(frozen=True, slots=True)
class Estimate:
    """`error`: the standard error of the Monte Carlo; 0 where the value is exact."""

    value: float
    error: float = 0.0


def plurality(groups: Sequence[int], correct_groups: Collection[int], k: int, seed: int) -> Estimate:
    """`votes.maj_at_k`, or its estimate from `DRAWS` subsets where the exact count would take too long.

    Equal arguments give equal estimates. Raises GradusError unless 1 <= k <= n.
    """
    check_k(k, len(groups))
    if (known := _without_drawing(groups, correct_groups, k)) is not None:
        return Estimate(known)
    if exact_operations(groups, correct_groups, k) <= BUDGET_OPERATIONS:
        return Estimate(maj_at_k(groups, correct_groups, k))
    right, wrong, blanks = group_sizes(groups, correct_groups)
    generator = np.random.default_rng([seed, k])
    drawn_D_G = generator.multivariate_hypergeometric([*right, *wrong, blanks], k, size=DRAWS, method="marginals")
    correct_G = np.arange(len(right) + len(wrong)) < len(right)
    return _mean_of_draws(_scores(drawn_D_G[:, :-1].astype(np.float64), correct_G))


def weighted_plurality(
    groups: Sequence[int], correct_groups: Collection[int], weights: ArrayLike, k: int, seed: int
) -> Estimate:
    """Expected score of the weighted vote over the k-subsets of one question's samples.

    weights: shape (n,), finite and at least 0: what each sample's vote counts. The group with the largest sum of
    weights wins; groups whose sums are equal (to `TIE_SHARE`) share the score. A sample without an answer or of weight
    0 casts no vote, and a subset without a vote scores 0. Only proportions matter, and with equal weights it is
    `plurality`. Raises GradusError for other weights, or unless 1 <= k <= n.
    """
    check_k(k, len(groups))
    weight_N = np.asarray(weights, dtype=np.float64)
    if weight_N.shape != (len(groups),) or not np.isfinite(weight_N).all() or weight_N.min() < 0:
        raise GradusError(f"a vote of {len(groups)} samples needs as many finite weights of at least 0")
    cast = [group if weight > 0 else NO_ANSWER for group, weight in zip(groups, weight_N)]
    voting_N = np.array(cast) != NO_ANSWER
    if (known := _without_drawing(cast, correct_groups, k)) is not None:
        return Estimate(known)
    if weight_N[voting_N].min() == weight_N[voting_N].max():
        return plurality(cast, correct_groups, k, seed)
    names = sorted(set(cast) - {NO_ANSWER})
    weight_N_G = (np.array(cast)[:, None] == np.array(names)) * weight_N[:, None]
    correct_G = np.array([name in correct_groups for name in names])
    n, subsets = len(cast), comb(len(cast), k)
    exact = subsets * n * (len(names) + SAMPLE_OPERATIONS) <= BUDGET_OPERATIONS
    scores_D = np.concatenate(
        [
            _scores(_taken(chosen_D_K, n) @ weight_N_G, correct_G)
            for chosen_D_K in (_all_subsets(n, k) if exact else _drawn_subsets(n, k, seed))
        ]
    )
    return Estimate(min(1.0, float(scores_D.mean()))) if exact else _mean_of_draws(scores_D)


def best_of(groups: Sequence[int], correct_groups: Collection[int], weights: ArrayLike, k: int) -> Estimate:
    """Expected score of the sample with the largest weight among k: exact, over all k-subsets of a question's samples.

    Samples without an answer are passed over, equal weights share, and a subset without an answer scores 0. Raises
    GradusError unless 1 <= k <= n, and there are as many weights.
    """
    check_k(k, len(groups))
    weight_N = np.asarray(weights, dtype=np.float64)
    if weight_N.shape != (len(groups),):
        raise GradusError(f"the best of {len(groups)} samples needs as many weights")
    marks: dict[float, list[bool]] = {}
    for group, weight in zip(groups, weight_N.tolist()):
        if group != NO_ANSWER:
            marks.setdefault(weight, []).append(group in correct_groups)
    score, below, subsets = 0.0, list(groups).count(NO_ANSWER), comb(len(groups), k)
    for weight in sorted(marks):
        own = marks[weight]
        # So many of the subsets have one of these on top: those without any that is better, less those without these.
        on_top = comb(below + len(own), k) - comb(below, k)
        score += on_top / subsets * sum(own) / len(own)
        below += len(own)
    return Estimate(score)


def mean_estimate(estimates: Sequence[Estimate]) -> Estimate:
    """The mean over questions; the draws of different questions are independent."""
    n = len(estimates)
    return Estimate(sum(e.value for e in estimates) / n, sqrt(sum(e.error**2 for e in estimates)) / n)


def _without_drawing(groups: Sequence[int], correct_groups: Collection[int], k: int) -> float | None:
    """The score where nobody is right, or nobody wrong: then it counts only whether anyone voted."""
    right, wrong, blanks = group_sizes(groups, correct_groups)
    if right and wrong:
        return None
    return 1.0 - comb(blanks, k) / comb(len(groups), k) if right else 0.0


def _scores(sums_D_G: NDArray[np.float64], correct_G: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The share of the winners that are correct, by subset; 0 where no group has a vote."""
    best_D_1 = sums_D_G.max(axis=1, keepdims=True)
    winners_D_G = (sums_D_G >= best_D_1 * (1 - TIE_SHARE)) & (best_D_1 > 0)
    return (winners_D_G & correct_G).sum(axis=1) / np.maximum(winners_D_G.sum(axis=1), 1)


def _mean_of_draws(scores_D: NDArray[np.float64]) -> Estimate:
    """The error is that of a mean, as if one draw more had scored 0 and one 1: equal draws do not prove certainty."""
    spread = np.append(scores_D, [0.0, 1.0]).std(ddof=1)
    return Estimate(float(scores_D.mean()), float(spread) / sqrt(len(scores_D)))


def _taken(chosen_D_K: NDArray[np.intp], n: int) -> NDArray[np.float64]:
    """1 where a sample is in the subset, shape (D, n)."""
    taken_D_N = np.zeros((len(chosen_D_K), n))
    np.put_along_axis(taken_D_N, chosen_D_K, 1.0, axis=1)
    return taken_D_N


def _all_subsets(n: int, k: int) -> Iterator[NDArray[np.intp]]:
    subsets = _listed_subsets(n, k)
    block = max(1, BLOCK_NUMBERS // n)
    for start in range(0, len(subsets), block):
        yield subsets[start : start + block].astype(np.intp)


@lru_cache(maxsize=8)
def _listed_subsets(n: int, k: int) -> NDArray[np.uint16]:
    """All k-subsets of n samples, shape (subsets, k): the same for every question."""
    flat = chain.from_iterable(combinations(range(n), k))
    return np.fromiter(flat, dtype=np.uint16, count=comb(n, k) * k).reshape(-1, k)


def _drawn_subsets(n: int, k: int, seed: int) -> Iterator[NDArray[np.intp]]:
    block = max(1, BLOCK_NUMBERS // n)
    for start in range(0, DRAWS, block):
        yield _drawn_block(n, k, seed, start, min(block, DRAWS - start))


@lru_cache(maxsize=1)  # the weightings of one question ask for the same subsets, one after the other
def _drawn_block(n: int, k: int, seed: int, start: int, size: int) -> NDArray[np.intp]:
    order = np.random.default_rng([seed, k, start]).random((size, n))
    return np.argpartition(order, k - 1, axis=1)[:, :k]
