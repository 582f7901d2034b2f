"""Means over training runs and questions, as the tables of votes and of pass@k have them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gradus.evaluation.published import beside, in_words, one_share
from gradus.statistics.crossed import accuracy_interval
from gradus.statistics.intervals import Interval


@dataclass(frozen=True)
class Share:
    """A mean over training runs and questions with its 95% interval. by_run: the mean of each run."""

    value: float
    ci95: Interval
    by_run: Sequence[float] = ()


@dataclass(frozen=True)
class Alone(Share):
    """The ablation table's answers to the questions with votes: greedy at `temperature` 0, else the mean of `samples`
    a question."""

    samples: int = 1
    temperature: float = 0.0


@dataclass(frozen=True, kw_only=True)
class SampledCell:
    """An experiment on `n` of a benchmark's `benchmark_n` questions, from `samples` of each by each of its training
    `runs`.

    trained: whether anything is trained, so that another run would differ. greedy: the answers of the ablation table to
    the same questions, drawn at a temperature of their own.
    """

    experiment: str
    benchmark: str
    runs: int
    trained: bool
    n: int
    benchmark_n: int
    samples: int
    greedy: Alone | None

    @property
    def single_run(self) -> bool:
        """Whether intervals and tests say nothing of what another training would have brought."""
        return self.trained and self.runs == 1


def mean_share(shares: ArrayLike) -> Share:
    """shares: shape (runs, questions), within 0..1."""
    shares_S_N = np.asarray(shares, dtype=np.float64)
    by_run = [float(mean) for mean in shares_S_N.mean(axis=1)]
    return Share(float(shares_S_N.mean()), accuracy_interval(shares_S_N), by_run)


def all_greedy(answers: Iterable[Alone | None]) -> bool:
    """Whether none of the answers that there are was drawn at a temperature."""
    return all(alone is None or alone.temperature == 0 for alone in answers)


def questions_text(n: int, benchmark_n: int) -> str:
    """`500`, or `200 of 1,319` for votes on some of a benchmark's problems."""
    return f"{n:,}" if n == benchmark_n else f"{n:,} of {benchmark_n:,}"


def share_beside(published: float | None, measured: Share | None) -> str:
    """A published share beside the measured one, in words; empty where nothing is published."""
    if published is None:
        return ""
    return in_words(
        beside(one_share(published), measured.value if measured else None, measured.ci95 if measured else None)
    )
