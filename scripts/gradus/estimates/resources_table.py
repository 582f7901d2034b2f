"""What the jobs of a study ask for, as one table for a terminal: one row a kind of job."""

from collections.abc import Sequence
from dataclasses import dataclass

from gradus.estimates.asked import Machine
from gradus.estimates.columns import aligned
from gradus.estimates.resources import Resources, resources_of
from gradus.estimates.study_specs import StudySpecs


@dataclass(frozen=True)
class KindRow:
    """Of everything the most that a job of this kind asks for."""

    stage: str
    jobs: int
    most: Resources


def kind_rows(study: StudySpecs, machine: Machine, stages: Sequence[str]) -> list[KindRow]:
    """In the order of `stages`, which is that of the graph."""
    asked: dict[str, list[Resources]] = {}
    for spec in study:
        asked.setdefault(spec.stage, []).append(resources_of(spec, study, machine))
    return [_row(stage, asked[stage]) for stage in sorted(asked, key=stages.index)]


def _row(stage: str, found: list[Resources]) -> KindRow:
    most = Resources(
        mem_mb=max(each.mem_mb for each in found),
        gpu=max(each.gpu for each in found),
        gpu_mem_mb=max(each.gpu_mem_mb for each in found),
        threads=max(each.threads for each in found),
        runtime_minutes=max(each.runtime_minutes for each in found),
    )
    return KindRow(stage, len(found), most)


def as_text(rows: list[KindRow]) -> str:
    lines = [["kind of job", "jobs", "host GB", "GPUs", "GPU GB", "threads", "minutes"]]
    for row in rows:
        gpu = [str(row.most.gpu), f"{row.most.gpu_mem_mb / 1000:.1f}"] if row.most.gpu else ["-", "-"]
        asked = [f"{row.most.mem_mb / 1000:.2f}", *gpu, str(row.most.threads), str(row.most.runtime_minutes)]
        lines.append([row.stage, str(row.jobs), *asked])
    note = (
        "The most that a job of a kind asks for, with margins: one that needs more is killed on a cluster. "
        "A profile changes any of it (set-resources, set-threads)."
    )
    return "\n".join([*aligned(lines, words=1), "", note, ""])
