"""How long a finished study was expected to take, from its settings and from the ledger, beside what it took.

    python tests/bench/build_time_against_ledger.py [STUDY] [--cores 2] [--gpus 0]

STUDY is its file; by default the pocket study's. Of the kinds of jobs: the seconds of all, without starting Python, as
the ledger counts them. Of the whole: the time from the first job's beginning to the last one's end, for a study that
was built by one command on a machine that did nothing else.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from gradus.estimates.asked import Asked, Machine
from gradus.estimates.build_time import BuildTime, Capacity, spoken
from gradus.estimates.columns import aligned
from gradus.estimates.resources import expected
from gradus.graph.build_time import build_time
from gradus.graph.graph import Graph, study_specs
from gradus.graph.stages import STAGES
from gradus.provenance.records import Record, read_record


@dataclass(frozen=True)
class Comparison:
    """A finished study. The two expectations are of the jobs that have a record."""

    records: dict[str, Record]
    estimated: BuildTime
    measured: BuildTime

    @property
    def wall(self) -> float:
        """Seconds from the first job's beginning to the last one's end."""
        began = min(record.ended - round(record.seconds * 1e9) for record in self.records.values())
        return (max(record.ended for record in self.records.values()) - began) / 1e9

    def rows(self) -> Iterator[tuple[str, int, float, float, float]]:
        """Of each kind: how many, the seconds that they took, were estimated to take, and would again by the ledger."""
        groups: dict[str, list[tuple[float, float, float]]] = {}
        for estimated, measured in zip(self.estimated.jobs, self.measured.jobs, strict=True):
            taken = self.records[estimated.name].seconds
            groups.setdefault(estimated.stage, []).append((taken, estimated.seconds, measured.seconds))
        for stage in sorted(groups, key=list(STAGES).index):
            sums = [sum(column) for column in zip(*groups[stage], strict=True)]
            yield stage, len(groups[stage]), sums[0], sums[1], sums[2]


def compared(graph: Graph, capacity: Capacity) -> Comparison:
    root, study, machine = Path(graph.root), study_specs(graph), Machine(has_gpu=bool(capacity.gpus))
    found = {name: read_record(root / "ledger" / f"{name}.json") for name in graph.jobs}
    records = {name: record for name, record in found.items() if record is not None}
    if not records:
        sys.exit(f"{root}/ledger: no entries; build the study first")

    def takes(name: str) -> Asked:
        return expected(graph.jobs[name].spec, study, machine)

    alone, known = (build_time(graph, study, records, takes, machine, capacity, reads=reads) for reads in (False, True))
    return Comparison(records, alone, known)


def table(comparison: Comparison) -> str:
    lines = [["kind of job", "jobs", "took s", "estimated s", "factor", "by ledger s", "factor"]]
    for stage, jobs, taken, estimated, measured in comparison.rows():
        factors = [f"{seconds / max(taken, 1e-3):.2f}" for seconds in (estimated, measured)]
        lines.append([stage, str(jobs), f"{taken:.1f}", f"{estimated:.1f}", factors[0], f"{measured:.1f}", factors[1]])
    whole = [f"wall time: took {spoken(comparison.wall)}"]
    for said, build in (("estimated", comparison.estimated), ("by ledger", comparison.measured)):
        seconds = build.wall_seconds()
        whole.append(f"{said} {spoken(seconds)} (factor {seconds / comparison.wall:.2f})")
    return "\n".join([*aligned(lines, words=1), "", "; ".join(whole)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path, nargs="?", default=Path("config/pocket.yaml"), help="the study file")
    parser.add_argument("--cores", type=int, default=2, help="that it had")
    parser.add_argument("--gpus", type=int, default=0, help="that it had")
    options = parser.parse_args()
    print(table(compared(Graph.read(options.study), Capacity(options.cores, options.gpus))))


if __name__ == "__main__":
    main()
