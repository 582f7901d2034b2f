"""A plan's specs beside those that are on disk: which change, and which results are not what their record says.

An unchanged spec keeps its time stamp, so Snakemake plans exactly the jobs that changed. Only a command that builds
writes; to one that only looks the changes are shown, see `shown_specs.py`.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gradus.hub.links import dangling
from gradus.provenance.errors import GradusError
from gradus.provenance.files import json_text, replacing, write_json, write_text
from gradus.provenance.fingerprint import fingerprint
from gradus.provenance.former import is_built_as
from gradus.provenance.records import Damaged, changed_input, read_record, vouch
from gradus.provenance.specs import SERVICE_FILE
from gradus.study.plan import Plan
from gradus.study.resolve import Spec
from gradus.study.services import service_file
from gradus.study.unchanged import makes_the_same


@dataclass(frozen=True)
class SpecChange:
    """What a plan does to one spec file.

    `time`: the stamp that the file gets, in nanoseconds, where it is no reason to run the job; None: now.
    `vouched`: the entry in the ledger is to name this spec too.
    `refuted`: why the result that is there is not what its record says; Snakemake's own record of it is void then.
    """

    text: bytes
    time: int | None = None
    vouched: bool = False
    refuted: str = ""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text).hexdigest()


@dataclass(frozen=True)
class PlannedSpecs:
    """By their names: the SHA-256 of every spec, and the changes to those on disk.

    `gone`: specs on disk of no job any more. `dangling`: fetched folders in which a link leads nowhere.
    """

    digests: dict[str, str]
    changes: dict[str, SpecChange]
    gone: list[Path] = field(default_factory=list)
    dangling: list[Path] = field(default_factory=list)

    def refuted(self) -> Iterator[str]:
        """Lines on the results that are made again although Snakemake sees no reason."""
        for name, change in self.changes.items():
            if change.refuted:
                yield f"{name.removesuffix('.json')} is made again: {change.refuted}"


def plan_specs(plan: Plan) -> PlannedSpecs:
    """Compare a plan's specs with those on disk and with what the ledger says; nothing is written."""
    folder = Path(plan.root, "specs")
    digests, changes = {}, {}
    for name, spec in _with_fingerprints(plan.specs).items():
        text = json_text(spec).encode()
        digests[name] = hashlib.sha256(text).hexdigest()
        if change := _change(plan, name, spec, text):
            changes[name] = change
    gone = [path for path in folder.rglob("*.json") if path.relative_to(folder).as_posix() not in plan.specs]
    return PlannedSpecs(digests, changes, gone, dangling(path for path in plan.fetched_folders() if path.is_dir()))


def _change(plan: Plan, name: str, spec: Spec, text: bytes) -> SpecChange | None:
    path, entry = Path(plan.root, "specs", name), Path(plan.root, "ledger", name)
    try:
        there, stamp = path.read_bytes(), path.stat().st_mtime_ns
    except FileNotFoundError:
        there, stamp = None, 0
    try:
        record = read_record(entry)
    except Damaged:
        return SpecChange(text, refuted=f"{entry} is damaged")
    if record is None:
        return None if there == text else SpecChange(text)
    if (file := changed_input(record)) is not None:
        return SpecChange(text, refuted=f"{file} is not what it was made of, though its time stamp is older")
    if record.spec == hashlib.sha256(text).hexdigest():
        return None if there == text and stamp <= record.ended else SpecChange(text, time=record.began)
    if there is not None and _makes_the_same(plan, name, spec):
        return SpecChange(text, time=min(stamp, record.began), vouched=True)
    if there == text and stamp <= record.ended:
        return SpecChange(text, refuted=f"by {entry}, it was made by another spec than {path}")
    return None if there == text else SpecChange(text)


def _makes_the_same(plan: Plan, name: str, spec: Spec) -> bool:
    """Whether the result that is there is what the job would make again, as far as planning can tell."""
    path = Path(plan.root, "specs", name)
    try:
        if is_built_as(spec, path, Path(plan.root, "ledger", name)):
            return True
        return spec["stage"] == "filter" and makes_the_same(path, spec, *_filter_files(plan, path.stem))
    except GradusError:
        return False  # a torn spec: what the job ran by is not known


def write_specs(plan: Plan, specs: PlannedSpecs | None = None) -> list[str]:
    """Bring what is on disk up to date, and return the names of the specs that make Snakemake run their jobs."""
    specs = plan_specs(plan) if specs is None else specs
    for folder in specs.dangling:
        shutil.rmtree(folder)
    for name, change in specs.changes.items():
        write_change(plan, name, change)
    for path in specs.gone:
        path.unlink(missing_ok=True)
    _write_service(plan, Path(plan.root))
    return [name for name, change in specs.changes.items() if change.time is None]


def write_change(plan: Plan, name: str, change: SpecChange) -> None:
    # Written by the hundred, and compared with the plan by the next command: a torn one is written again.
    with replacing(Path(plan.root, "specs", name), durable=False) as temporary:
        temporary.write_bytes(change.text)
        if change.time is not None:
            os.utime(temporary, ns=(change.time, change.time))
    if change.vouched:
        vouch(Path(plan.root, "ledger", name), change.digest)


def write_aside(plan: Plan, folder: Path) -> None:
    """Write all specs and what belongs to them below a folder that no build reads."""
    for name, spec in _with_fingerprints(plan.specs).items():
        write_text(folder / "specs" / name, json_text(spec), durable=False)
    _write_service(plan, folder)


def _with_fingerprints(specs: dict[str, Spec]) -> dict[str, Spec]:
    """The specs as they are on disk: with the fingerprint of the code that their jobs run."""
    codes: dict[tuple[str, ...], str] = {}
    for spec in specs.values():
        entry = (spec["script"], *spec["modules"])
        if entry not in codes:
            codes[entry] = fingerprint(spec["script"], spec["modules"])
    return {name: spec | {"fingerprint": codes[(spec["script"], *spec["modules"])]} for name, spec in specs.items()}


def _write_service(plan: Plan, folder: Path) -> None:
    path, settings = folder / SERVICE_FILE, service_file(plan.study)
    if settings is None:
        path.unlink(missing_ok=True)
    else:
        write_json(path, settings)


def _filter_files(plan: Plan, trace_set: str) -> tuple[dict[str, Path | list[Path]], dict[str, Path]]:
    """What a trace set's filter reads and writes, by role."""
    traces = Path(plan.root, "traces")
    problems = [Path(file) for file in plan.trace_problems(trace_set)]
    return (
        {"completions": traces / f"{trace_set}.completions.parquet", "problems": problems},
        {"out": traces / f"{trace_set}.jsonl", "summary": traces / f"{trace_set}.summary.json"},
    )
