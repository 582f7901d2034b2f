"""Which cells of the table have votes."""

from typing import TYPE_CHECKING

from gradus.study.asked import benchmarks_of

if TYPE_CHECKING:
    from gradus.study.schema import Study


def vote_benchmarks(study: "Study") -> list[str]:
    """Those that are named, or all on which answers are written."""
    written = [name for name, benchmark in study.benchmarks.items() if benchmark.metric is None]
    return written if study.votes.benchmarks is None else study.votes.benchmarks


def voted_cells(study: "Study") -> list[tuple[str, str]]:
    """The (experiment, benchmark) cells that have votes, in the order of the tables."""
    voted = vote_benchmarks(study)
    experiments = [name for name in study.experiments if name in study.votes.experiments]
    return [(e, b) for e in experiments for b in voted if b in benchmarks_of(study, e)]


def voted_sets(study: "Study") -> list[str]:
    """The problem sets of the benchmarks that have votes."""
    return list(dict.fromkeys(study.benchmarks[b].problems for _, b in voted_cells(study)))
