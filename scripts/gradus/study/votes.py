"""Which cells of the table have votes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradus.study.schema import Study


def vote_benchmarks(study: "Study") -> list[str]:
    return list(study.benchmarks) if study.votes.benchmarks is None else study.votes.benchmarks


def voted_cells(study: "Study") -> list[tuple[str, str]]:
    """The (experiment, benchmark) cells that have votes, in the order of the tables."""
    return [(e, b) for e in study.experiments if e in study.votes.experiments for b in vote_benchmarks(study)]


def voted_sets(study: "Study") -> list[str]:
    """The problem sets of the benchmarks that have votes."""
    return list(dict.fromkeys(study.benchmarks[b].problems for _, b in voted_cells(study)))
