"""Settings of the contamination gate's jobs."""

from typing import Literal

from gradus.specs.base import JobSettings

Kind = Literal["problems", "traces"]
Policy = Literal["fail", "drop", "report"]
Shares = dict[str, float]
"""The share of a benchmark problem's n-grams that makes a text a copy, by n (as text, since it is a key in JSON)."""


class FindOverlapsSpec(JobSettings):
    kind: Kind
    set: str
    benchmarks: list[str]
    shares: Shares


class CompareBenchmarksSpec(JobSettings):
    benchmarks: list[str]
    shares: Shares


class JudgeTrainingSetSpec(JobSettings):
    policy: Policy


class DropOverlapsSpec(JobSettings):
    """Everything is in the files that it reads."""


class ListOverlapsSpec(JobSettings):
    policy: Policy
    shares: Shares
