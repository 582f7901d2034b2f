"""Trace jobs for tests: the real script on settings as a study resolves them."""

import json
from pathlib import Path
from typing import Any

import read_traces
from gradus.models.describe import write_manifest
from gradus.problems.problem import Problem
from gradus.problems.table import write_problems
from gradus.provenance.files import read_json, write_json
from gradus.provenance.job import Job
from gradus.specs.traces import ReadTracesSpec
from gradus.study.trace_sets import SOURCES

PROMPT = {"system": None, "few_shot": [], "suffix": ""}


def settings_of(kind: str, prompt: Any = PROMPT, of: Any = None, **settings: Any) -> dict[str, Any]:
    """As the spec of a set `mine` has them: `prompt` in full, and `of` the settings of a problem set with its seed."""
    needed = {"problems": "p"} if kind == "solutions" else {}
    traces = SOURCES[kind].settings(kind=kind, **needed, **settings).model_dump(mode="json")
    context = {"set": "mine", "seed": 7, "kind": kind, "prompt": prompt, "grading": {"methods": ["boxed"]}, "of": of}
    return context | {"traces": traces}


def read(
    folder: Path,
    kind: str,
    raw: Path | None,
    problems: list[Problem] | None = None,
    model: Path | None = None,
    **settings: Any,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Traces and summary of the job; with `model`, the folder of one, solutions are counted in its tokens."""
    resolved = settings_of(kind, tokenizer=None if model is None else "base", **settings)
    modules = [f"gradus.traces.sources.{kind}"]
    spec = {"stage": "read_traces", "name": "traces/mine", "modules": modules, "settings": resolved}
    write_json(folder / "spec.json", spec)
    paths = {"out": [str(folder / "out" / "mine.jsonl")], "summary": [str(folder / "out" / "mine.summary.json")]}
    paths["raw"] = [] if raw is None else [str(raw)]
    if model is not None:
        paths["tokenizer"] = [str(write_manifest(model).path)]
    if problems is not None:
        write_problems(folder / "problems.parquet", problems)
        paths["problems"] = [str(folder / "problems.parquet")]
    read_traces.build(Job(str(folder / "spec.json"), paths, ReadTracesSpec))
    text = Path(paths["out"][0]).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()], read_json(paths["summary"][0])
