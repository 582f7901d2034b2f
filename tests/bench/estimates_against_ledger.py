"""What jobs of a finished study took, beside what was estimated for them: one row a kind of job.

    python tests/bench/estimates_against_ledger.py RESULTS

RESULTS is the study's folder of results, such as results/pocket. Memory is in MB (10^6 bytes): the most that one
process of a job held, which for jobs with children is less than they held together. Factors are estimate / used: the
median and the least of a kind's jobs; what was used and estimated is that of the job that used most.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from gradus.estimates.asked import Machine
from gradus.estimates.columns import aligned
from gradus.estimates.resources import Resources, resources_of
from gradus.estimates.study_specs import StudySpecs
from gradus.graph.stages import STAGES, read_specs
from gradus.provenance.files import read_json


@dataclass(frozen=True)
class Used:
    """A job's estimate, and what it took by its entry in the ledger."""

    stage: str
    name: str
    estimate: Resources
    memory_mb: float
    seconds: float

    @property
    def memory_factor(self) -> float:
        return self.estimate.mem_mb / self.memory_mb

    @property
    def time_factor(self) -> float:
        return 60 * self.estimate.runtime_minutes / max(self.seconds, 1e-3)


def jobs_of(results: Path) -> Iterator[Used]:
    """Every job with an entry, estimated for the device that it ran on."""
    study = StudySpecs(read_specs(results / "specs"), results)
    order = list(STAGES)
    for path, spec in sorted(study.specs.items(), key=lambda item: (order.index(item[1].stage), item[0])):
        entry = results / "ledger" / path
        if not entry.is_file():
            continue
        found = read_json(entry)
        gpu = found["gpu_memory"]
        estimate = resources_of(spec, study, Machine(True, gpu) if gpu else Machine(has_gpu=False))
        yield Used(spec.stage, spec.name, estimate, found["peak_memory"] / 1e6, found["wall_seconds"])


def table(jobs: list[Used]) -> str:
    kinds: defaultdict[str, list[Used]] = defaultdict(list)
    for job in jobs:
        kinds[job.stage].append(job)
    head = ["job", "jobs", "used MB", "estimate MB", "factor", "least", "used s", "estimate min", "least"]
    lines = [head]
    for stage, found in kinds.items():
        most, longest = max(found, key=lambda job: job.memory_mb), max(found, key=lambda job: job.seconds)
        memory = [f"{most.memory_mb:.0f}", str(most.estimate.mem_mb)]
        memory += [
            f"{median(job.memory_factor for job in found):.2f}",
            f"{min(job.memory_factor for job in found):.2f}",
        ]
        time = [f"{longest.seconds:.1f}", str(longest.estimate.runtime_minutes)]
        time += [f"{min(job.time_factor for job in found):.1f}"]
        lines.append([stage, str(len(found)), *memory, *time])
    return "\n".join(aligned(lines, words=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="the study's folder of results")
    print(table(list(jobs_of(parser.parse_args().results))))


if __name__ == "__main__":
    main()
