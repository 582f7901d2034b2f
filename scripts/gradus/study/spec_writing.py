"""A plan's specs on disk. An unchanged spec keeps its time stamp, so Snakemake plans exactly the jobs that changed."""

import os
from pathlib import Path

from gradus.hub.links import drop_dangling
from gradus.provenance.files import json_text, read_json, sha256_file, write_json, write_text
from gradus.provenance.fingerprint import fingerprint
from gradus.provenance.former import is_built_as
from gradus.provenance.specs import SERVICE_FILE
from gradus.provenance.syntax import keep_syntax
from gradus.study.plan import Plan
from gradus.study.resolve import Spec
from gradus.study.tinker import service_file
from gradus.study.unchanged import makes_the_same, write_as_old


def write_specs(plan: Plan) -> list[str]:
    """Write the specs whose content changed, remove those of jobs that are gone, and return the names of the written.

    A filter whose code changed, but not what it makes of the completions that are there, keeps its time stamp too. So
    does what a former release built of the same settings and code.
    """
    drop_dangling(path for path in plan.fetched_folders() if path.is_dir())
    folder = Path(plan.root, "specs")
    written = []
    for name, spec in _with_fingerprints(plan.specs).items():
        path, text, ledger = folder / name, json_text(spec), Path(plan.root, "ledger", name)
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        if is_built_as(spec, path, ledger):
            write_as_old(path, spec, [ledger])
            write_as_old(ledger, read_json(ledger) | {"spec": sha256_file(path)}, [])
            continue
        if spec["stage"] == "filter" and path.is_file():
            inputs, outputs = _filter_files(plan, path.stem)
            if makes_the_same(path, spec, inputs, outputs):
                write_as_old(path, spec, [*outputs.values(), ledger])
                continue
        write_text(path, text)
        written.append(name)
    _write_service(plan)
    keep_syntax()
    for path in folder.rglob("*.json"):
        if path.relative_to(folder).as_posix() not in plan.specs:
            os.unlink(path)
    return written


def _with_fingerprints(specs: dict[str, Spec]) -> dict[str, Spec]:
    """The specs as they are on disk: with the fingerprint of the code that their jobs run."""
    codes: dict[tuple[str, ...], str] = {}
    for spec in specs.values():
        entry = (spec["script"], *spec["modules"])
        if entry not in codes:
            codes[entry] = fingerprint(spec["script"], spec["modules"])
    return {name: spec | {"fingerprint": codes[(spec["script"], *spec["modules"])]} for name, spec in specs.items()}


def _write_service(plan: Plan) -> None:
    path, settings = Path(plan.root, SERVICE_FILE), service_file(plan.study)
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
