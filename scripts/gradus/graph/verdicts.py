"""Traces that are chosen by the grader's verdicts: a change of the grader that changes no choice is none of the traces.

The filter of a teacher's completions grades them, so every change of the grader's code is one of the filter's, and all
training on traces would follow it, though the traces are mostly the same bytes. So the specs of such jobs hold the
fingerprint of the grading code apart (`grader`), and planning looks what today's grader would keep: where that is what
is there, the spec still names the grader by whose verdicts it was made.
"""

import os
from collections.abc import Collection
from pathlib import Path

from pydantic import ValidationError

from gradus.graph.job import Job
from gradus.provenance.files import parse_json
from gradus.provenance.fingerprint import fingerprint
from gradus.provenance.job import GRADER
from gradus.specs.base import JobSettings, Spec
from gradus.specs.traces import FilterTracesSpec

MOST_BYTES = 50_000_000
"""Of completions and problems: to grade more takes longer than planning may, so that a build does it."""


def with_grader(spec: Spec[JobSettings], job: Job, root: str, changed: Collection[str]) -> Spec[JobSettings]:
    """The spec with the fingerprint of its grading code, and that of the rest of its code apart.

    `changed`: names of jobs that have to run.
    """
    rest = fingerprint(f"{job.stage}.py", job.modules, without=GRADER)
    now = _with(spec.model_copy(update={"fingerprint": rest}), spec.fingerprint)
    made_by = _on_disk(Path(root, "specs", f"{job.name}.json"))
    if made_by is None or made_by.settings.grader == spec.fingerprint:
        return now
    before = _with(now, made_by.settings.grader)
    return before if before == made_by and _keeps_the_same(job, root, before, changed) else now


def _with(spec: Spec[JobSettings], grader: str) -> Spec[JobSettings]:
    return spec.model_copy(update={"settings": spec.settings.model_copy(update={"grader": grader})})


def _on_disk(path: Path) -> Spec[FilterTracesSpec] | None:
    try:
        return Spec[FilterTracesSpec].model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None  # a torn spec: what the job ran by is not known


def _keeps_the_same(job: Job, root: str, spec: Spec[JobSettings], changed: Collection[str]) -> bool:
    """Whether today's grader makes the files that are there."""
    assert isinstance(spec.settings, FilterTracesSpec)  # the one job whose grading only chooses what is kept
    completions = Path(root, "traces", f"{job.name.rpartition('/')[2]}.completions.parquet")
    problems = [Path(file) for file in job.reads["problems"]]
    out, summary = Path(job.result), Path(job.result).with_suffix(".summary.json")
    if any(name in changed for name in (f"{job.name}.completions", *(f"problems/{p.stem}" for p in problems))):
        return False
    try:
        if sum(os.path.getsize(path) for path in (completions, *problems)) > MOST_BYTES:
            return False
        from gradus.traces.filter import filter_files  # loads the grader, for which most commands need not wait
        from gradus.traces.table import traces_text

        kept, told = filter_files(problems, completions, spec.settings)
        return (
            out.read_text(encoding="utf-8") == traces_text(kept) and parse_json(summary.read_bytes(), summary) == told
        )
    except Exception:  # noqa: BLE001 a grader at which someone is at work may fail in any way; its job says how
        return False
