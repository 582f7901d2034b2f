"""Votes as the tables have them: of an experiment on a benchmark over its training runs, with tested gains."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gradus.evaluation.pipe_table import percent
from gradus.evaluation.shares import SampledCell, Share
from gradus.statistics.intervals import SIGNIFICANCE_LEVEL, Interval

PLAIN = "one_each"
"""The way of counting in which every sample has one vote."""
Reference = Literal["greedy", "single", "plain"]
"""What a vote is compared with: the ablation table's answer, one sample (maj@1), one vote each at the same k."""


@dataclass(frozen=True)
class Gain:
    """How much more a vote scores than its reference, as a share, paired by question.

    ci95: not adjusted. p: two-sided. p_adjusted: by Holm over the benchmark's tests of plain votes, or of weighted
    ones.
    """

    delta: float
    ci95: Interval
    p: float
    p_adjusted: float

    @property
    def significant(self) -> bool:
        return self.p_adjusted < SIGNIFICANCE_LEVEL

    @property
    def better(self) -> bool:
        return self.significant and self.delta > 0


@dataclass(frozen=True)
class Vote(Share):
    """maj@k by one way of counting.

    counting: `PLAIN` or a weighting. error: the standard error that Monte Carlo adds, 0 where exact. gains: of plain
    votes over greedy and over one sample, of weighted ones over plain ones; none at k = 1.
    """

    counting: str = PLAIN
    k: int = 1
    error: float = 0.0
    gains: Mapping[Reference, Gain] = field(default_factory=dict)
    published: float | None = None

    @property
    def better(self) -> bool:
        """Whether it is shown to be better than all it was compared with."""
        return bool(self.gains) and all(gain.better for gain in self.gains.values())


@dataclass(frozen=True, kw_only=True)
class VotedCell(SampledCell):
    """Votes of an experiment on a benchmark. groups, mixed_groups: as in `vote_counts.VoteCounts`, over all runs."""

    groups: int
    mixed_groups: int
    votes: Sequence[Vote]

    def vote(self, k: int, counting: str = PLAIN) -> Vote | None:
        return next((vote for vote in self.votes if (vote.counting, vote.k) == (counting, k)), None)


def weightings(cells: Iterable[VotedCell]) -> list[str]:
    """Names of the weightings that any of the cells has, in order of appearance."""
    return list(dict.fromkeys(vote.counting for cell in cells for vote in cell.votes if vote.counting != PLAIN))


def differing_weightings(cells: Sequence[VotedCell]) -> list[str]:
    """The weightings that anywhere, with more than one sample, differ from one vote each in the digits of tables."""
    return [name for name in weightings(cells) if any(_differs(cell, name) for cell in cells)]


def _differs(cell: VotedCell, weighting: str) -> bool:
    for vote in cell.votes:
        plain = cell.vote(vote.k)
        if vote.counting == weighting and vote.k > 1 and plain and percent(vote.value) != percent(plain.value):
            return True
    return False
