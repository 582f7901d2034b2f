"""What an experiment took from the beginning: the jobs behind its weights, as the entries of the ledger tell."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradus.provenance.files import read_json
from gradus.reporting.ledger import LedgerRow

Reads = Callable[[str], Iterable[str]]
"""From a job to the files that it read."""


@dataclass(frozen=True)
class Cost:
    """Seconds of jobs, seconds times GPUs held, and dollars, summed over jobs."""

    seconds: float
    gpu_seconds: float
    dollars: float

    @classmethod
    def of(cls, rows: Iterable[LedgerRow]) -> "Cost":
        found = list(rows)
        return cls(
            sum(row.wall_seconds for row in found),
            sum(row.gpu_seconds for row in found),
            sum(row.dollars for row in found),
        )

    @classmethod
    def mean(cls, costs: Sequence["Cost"]) -> "Cost":
        n = len(costs)
        return cls(
            sum(cost.seconds for cost in costs) / n,
            sum(cost.gpu_seconds for cost in costs) / n,
            sum(cost.dollars for cost in costs) / n,
        )


def maker_of(file: str, jobs: Mapping[str, LedgerRow]) -> str | None:
    """The job that wrote a file of the study's folder: the longest name that the file's place begins with.

    `models/rl.at-best/model.json` is by `models/rl.at-best`; None for what no job of the ledger wrote.
    """
    parts = [name for name in jobs if file.startswith((f"{name}/", f"{name}."))]
    return max(parts, key=len, default=None)


def chain(begin: Iterable[str], jobs: Mapping[str, LedgerRow], reads: Reads) -> list[str]:
    """All jobs that stand behind the files `begin`, places in the study's folder; each once, by name."""
    found: set[str] = set()
    waiting = list(begin)
    while waiting:
        name = maker_of(waiting.pop(), jobs)
        if name is not None and name not in found:
            found.add(name)
            waiting += reads(name)
    return sorted(found)


def read_chains(
    root: Path, entries: Mapping[str, Path], ledger: Sequence[LedgerRow], sampled: Mapping[str, Sequence[str]]
) -> dict[str, list[list[str]]]:
    """By experiment, for each training run the jobs behind its weights, which the job that sampled it has read.

    root: the study's folder. entries: of the ledger, by job. sampled: a job by training run, for each experiment. Left
    out are experiments whose jobs have not said what they read, as those of a former release.
    """
    jobs = {row.name: row for row in ledger}
    known: dict[str, list[str]] = {}

    def reads(name: str) -> list[str]:
        if name not in known:
            inputs = read_json(entries[name]).get("inputs", {}) if name in entries else {}
            known[name] = [path.removeprefix(f"{root.as_posix()}/") for path in inputs]
        return known[name]

    found: dict[str, list[list[str]]] = {}
    for experiment, names in sampled.items():
        weights = [[path for path in reads(name) if path.startswith("models/")] for name in names]
        if weights and all(weights):
            found[experiment] = [chain(begin, jobs, reads) for begin in weights]
    return found
