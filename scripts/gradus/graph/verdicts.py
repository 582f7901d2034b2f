"""Sets that are chosen by the grader's verdicts: a change of the grader that changes no choice is none of theirs.

To choose among a teacher's completions, to label them for a verifier, and to choose problems by how often a model
solves them is to grade, so every change of the grader's code is one of these jobs', and all training on these sets
would follow it, though they are mostly the same bytes. So the specs of such jobs hold the fingerprint of the grading
code apart (`grader`), and planning looks what today's grader would keep: where that is what is there, the spec still
names the grader by whose verdicts it was made.
"""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gradus.graph.job import Job
from gradus.provenance.files import parse_json
from gradus.provenance.fingerprint import fingerprint
from gradus.provenance.job import GRADER
from gradus.specs.base import JobSettings, Spec
from gradus.specs.problems import KeepProblemsSpec
from gradus.specs.traces import FilterTracesSpec, JudgeTracesSpec

Graded = FilterTracesSpec | JudgeTracesSpec | KeepProblemsSpec
"""Settings of the jobs whose grading only decides what is kept, and how it is labelled."""

MOST_BYTES = 50_000_000
"""Of completions and problems: to grade more takes longer than planning may, so that a build does it."""


def with_grader(spec: Spec[JobSettings], job: Job, root: str, changed: Collection[str]) -> Spec[JobSettings]:
    """The spec with the fingerprint of its grading code, and that of the rest of its code apart.

    `changed`: names of jobs that have to run.
    """
    rest = fingerprint(f"{job.stage}.py", job.modules, without=GRADER)
    now = _with(spec.model_copy(update={"fingerprint": rest}), spec.fingerprint)
    assert isinstance(job.settings, Graded)
    made_by = _on_disk(Path(root, "specs", f"{job.name}.json"), type(job.settings))
    if made_by is None or made_by.settings.grader == spec.fingerprint:
        return now
    before = _with(now, made_by.settings.grader)
    return before if before == made_by and _keeps_the_same(job, root, before, changed) else now


def _with(spec: Spec[JobSettings], grader: str) -> Spec[JobSettings]:
    return spec.model_copy(update={"settings": spec.settings.model_copy(update={"grader": grader})})


def _on_disk(path: Path, kind: type[Graded]) -> Spec[Graded] | None:
    try:
        return Spec[kind].model_validate_json(path.read_bytes())  # ty: ignore[invalid-type-form] chosen at run time
    except (OSError, ValidationError):
        return None  # a torn spec: what the job ran by is not known


def _keeps_the_same(job: Job, root: str, spec: Spec[JobSettings], changed: Collection[str]) -> bool:
    """Whether today's grader makes the files that are there."""
    completions = Path(root, f"{job.name}.completions.parquet")
    problems = [Path(file) for file in job.reads["problems"]]
    if any(name in changed for name in (f"{job.name}.completions", *(f"problems/{p.stem}" for p in problems))):
        return False
    try:
        if sum(os.path.getsize(path) for path in (completions, *problems)) > MOST_BYTES:
            return False
        if isinstance(spec.settings, KeepProblemsSpec):
            return _chooses_the_same(Path(job.result), problems, completions, spec.settings)
        return _traces_are_the_same(Path(job.result), problems, completions, spec.settings)
    except Exception:  # noqa: BLE001 a grader at which someone is at work may fail in any way; its job says how
        return False


# What follows loads the grader, for which most commands need not wait.


def _traces_are_the_same(out: Path, problems: list[Path], completions: Path, settings: JobSettings) -> bool:
    from gradus.traces.table import traces_text

    if isinstance(settings, JudgeTracesSpec):
        from gradus.traces.judged import judge_files

        kept, told = judge_files(problems, completions, settings)
    else:
        from gradus.traces.filter import filter_files

        assert isinstance(settings, FilterTracesSpec)  # the one other kind
        kept, told = filter_files(problems, completions, settings)
    return out.read_text(encoding="utf-8") == traces_text(kept) and _summary(out) == told


def _chooses_the_same(out: Path, problems: list[Path], completions: Path, settings: KeepProblemsSpec) -> bool:
    from gradus.problems.table import read_problems
    from gradus.traces.pass_rates import choose_files

    (of,) = problems
    chosen = choose_files(of, completions, settings)
    rates = out.with_suffix(".pass_rates.csv").read_text(encoding="utf-8")
    return read_problems(out) == chosen.problems and rates == chosen.rates_text and _summary(out) == chosen.summary


def _summary(out: Path) -> Any:
    path = out.with_suffix(".summary.json")
    return parse_json(path.read_bytes(), path)
