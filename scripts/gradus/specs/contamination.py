"""Settings of the contamination gate's jobs."""

from typing import Literal

from gradus.specs.base import JobSettings

Kind = Literal["problems", "traces", "corpora", "texts"]
"""corpora: that models' generated documents make, by the models' names. texts: of files, by the names of `corpora`."""

Policy = Literal["fail", "drop", "report"]
NearPolicy = Literal["fail", "drop", "report", "ignore"]
Shares = dict[str, float]
"""The share of a benchmark problem's n-grams that makes a text a copy, by n (as text, since it is a key in JSON)."""


class FindOverlapsSpec(JobSettings):
    kind: Kind
    set: str
    benchmarks: list[str]
    shares: Shares
    near: bool


class CompareBenchmarksSpec(JobSettings):
    benchmarks: list[str]
    shares: Shares
    near: bool


class JudgeTrainingSetSpec(JobSettings):
    policy: Policy
    near: NearPolicy


class DropOverlapsSpec(JobSettings):
    policy: Policy
    near: NearPolicy


class ListOverlapsSpec(JobSettings):
    policy: Policy
    near: NearPolicy
    shares: Shares
