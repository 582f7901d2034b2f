"""pass@k of one experiment on one benchmark against k, and how much more that is than one sample.

The gap pass@k - pass@1 is what reinforcement learning from verifiable rewards has to work with: problems of which the
model solves some samples and not others. It is a ceiling on what choosing among these samples could gain, no forecast:
RL often raises pass@1 while pass@k of large k falls below that of its base, so that the curves cross (Y. Yue et al.,
"Does reinforcement learning really incentivize reasoning capacity in LLMs beyond the base model?", arXiv:2504.13837,
2025); and where answers can be guessed, as in multiple choice, pass@k comes near 1 without any reasoning.
"""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import TypedDict

from gradus.evaluation.intervals import wilson_means
from gradus.evaluation.votes import pass_at_k


class Share(TypedDict):
    """A mean over questions with its 95% interval over questions."""

    value: float
    ci95: list[float]


class PassAtK(TypedDict):
    """`gap`: pass@k less pass@1 of the same samples, paired by question; None at k = 1."""

    k: int
    value: float
    ci95: list[float]
    gap: Share | None


def sizes_of(samples: int, asked: Iterable[int] = ()) -> list[int]:
    """The values of k of a curve: 1, 2, 4, ... and all samples, and those that are asked for."""
    powers = {1 << exponent for exponent in range(samples.bit_length())}
    return sorted(powers | {samples} | set(asked))


def pass_curve(correct_Q: Sequence[int], samples: int, ks: Iterable[int]) -> list[PassAtK]:
    """correct_Q: of each question how many of its `samples` samples are correct.

    A question's pass@k is never less than its pass@1, so gaps are shares and have the interval of shares
    (`intervals.wilson_means`), which has a width where no question has a gap.
    """
    single_Q = [correct / samples for correct in correct_Q]
    curve: list[PassAtK] = []
    for k in ks:
        passed_Q = [pass_at_k(samples, correct, k) for correct in correct_Q]
        gaps_Q = [max(0.0, passed - single) for passed, single in zip(passed_Q, single_Q, strict=True)]
        gap, passed = mean_share(gaps_Q) if k > 1 else None, mean_share(passed_Q)
        curve.append({"k": k, "value": passed["value"], "ci95": passed["ci95"], "gap": gap})
    return curve


def mean_share(shares_Q: Sequence[float]) -> Share:
    return {"value": fmean(shares_Q), "ci95": list(wilson_means(shares_Q))}
