"""pass@k of an experiment on a benchmark against k, and how much more that is than one sample.

The gap pass@k - pass@1 is what reinforcement learning from verifiable rewards has to work with: problems of which the
model solves some samples and not others. It is a ceiling on what choosing among these samples could gain, no forecast:
RL often raises pass@1 while pass@k of large k falls below that of its base, so that the curves cross (Y. Yue et al.,
"Does reinforcement learning really incentivize reasoning capacity in LLMs beyond the base model?", arXiv:2504.13837,
2025); and where answers can be guessed, as in multiple choice, pass@k comes near 1 without any reasoning.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradus.evaluation.published import PublishedVotes
from gradus.evaluation.shares import SampledCell, Share, mean_share
from gradus.evaluation.votes.counts import CellCounts, sampled_cell
from gradus.evaluation.votes.exact import pass_at_k


@dataclass(frozen=True)
class PassAtK(Share):
    """`gap`: pass@k less pass@1 of the same samples, paired by question; None at k = 1. `published`: the published
    share, where the study names one."""

    k: int = 1
    gap: Share | None = None
    published: float | None = None


@dataclass(frozen=True, kw_only=True)
class PassCurve(SampledCell):
    """pass@k of an experiment on a benchmark, from samples that were drawn at `temperature`."""

    temperature: float
    at: Sequence[PassAtK]

    @property
    def sampled(self) -> PassAtK:
        """pass@1: the mean of the samples."""
        return self.at[0]

    def pass_at(self, k: int) -> PassAtK | None:
        return next((at for at in self.at if at.k == k), None)


def curve_of(counts: CellCounts, temperature: float, published: PublishedVotes | None = None) -> PassCurve:
    """Of votes whose samples were drawn at `temperature`."""
    first = counts.runs[0]
    known = (published or {}).get(counts.experiment, {}).get(counts.benchmark, {})
    sizes = sizes_of(first["samples"], [at["k"] for at in first["ks"]])
    points = pass_curve([run["correct"] for run in counts.runs], first["samples"], sizes)
    return PassCurve(
        **vars(sampled_cell(counts)),
        temperature=temperature,
        at=[replace(point, published=known.get(f"pass@{point.k}")) for point in points],
    )


def sizes_of(samples: int, asked: Iterable[int] = ()) -> list[int]:
    """The values of k of a curve: 1, 2, 4, ... and all samples, and those that are asked for."""
    powers = {1 << exponent for exponent in range(samples.bit_length())}
    return sorted(powers | {samples} | set(asked))


def pass_curve(correct_S_N: Sequence[Sequence[int]], samples: int, ks: Iterable[int]) -> list[PassAtK]:
    """correct_S_N: by training run, of each question how many of its `samples` samples are correct.

    A question's pass@k is never less than its pass@1, so gaps are shares and have the interval of shares
    (`shares.mean_share`), which has a width where no question has a gap.
    """
    single_S_N = np.array(correct_S_N, dtype=np.float64) / samples
    curve: list[PassAtK] = []
    for k in ks:
        passed_S_N = np.array([[pass_at_k(samples, correct, k) for correct in run] for run in correct_S_N])
        gap = mean_share(np.maximum(0.0, passed_S_N - single_S_N)) if k > 1 else None
        passed = mean_share(passed_S_N)
        curve.append(PassAtK(passed.value, passed.ci95, passed.by_run, k, gap))
    return curve
