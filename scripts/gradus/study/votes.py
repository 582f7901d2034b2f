"""Which cells of the table have votes."""

from typing import Any


def vote_benchmarks(study: Any) -> list[str]:
    return list(study.benchmarks) if study.votes.benchmarks is None else study.votes.benchmarks


def voted_cells(study: Any) -> list[tuple[str, str]]:
    """The (experiment, benchmark) cells that have votes, in the order of the tables."""
    return [(e, b) for e in study.experiments if e in study.votes.experiments for b in vote_benchmarks(study)]
