"""Specs of the jobs that make trace sets, and of those that measure them for an experiment."""

from collections.abc import Iterator
from typing import Any

from gradus.hub.lock import Lock
from gradus.provenance.seeds import derive_seed
from gradus.sampling.capabilities import sampler_capabilities
from gradus.study.hub import trace_download
from gradus.study.lineage import Lineage
from gradus.study.origins import model_origin, outside_rows, pinned_files
from gradus.study.prompts import prompt_of, trace_prompt
from gradus.study.schema import Study
from gradus.study.services import service_settings, teachers_sampler
from gradus.study.settings.base import Settings
from gradus.study.settings.traces import DistilledTraces, MixedTraces, PublishedTraces, Rendering, SolutionTraces
from gradus.study.trace_checks import origin_of, problem_sets

Entry = tuple[str, str, dict[str, Any], tuple[str, ...]]
"""Path below specs/, stage, settings, and the modules that the job loads by name."""

READERS = "gradus.traces.sources"


def trace_specs(study: Study, lock: Lock) -> Iterator[Entry]:
    for name, traces in study.traces.items():
        seed = {"seed": derive_seed(study.seed, "traces", name)}
        if isinstance(traces, DistilledTraces):
            yield from _distilled(study, lock, name, traces, seed)
        elif isinstance(traces, MixedTraces):
            parts = {"parts": [[part, weight] for part, weight in traces.parts.items()], "size": traces.size}
            yield f"traces/{name}.json", "mix", parts | {"keep": traces.keep} | seed, ()
        elif isinstance(traces, Rendering):
            yield from _read(study, lock, name, traces, seed)
        else:
            settings = _plain(traces) | {"prompt": trace_prompt(study, traces.prompt)} | seed
            yield f"traces/{name}.json", "public", settings, ()


def length_specs(study: Study, lock: Lock) -> Iterator[Entry]:
    """For every experiment that trains on traces."""
    lineage = Lineage(study)
    for name, experiment in study.experiments.items():
        if experiment.stage == "sft":
            root = lineage.root(name)
            settings = {"experiment": name, "traces": experiment.traces, "max_length": experiment.max_length}
            settings |= {"model": root} | model_origin(study, root, lock)
            yield f"lengths/{name}.json", "lengths", settings, ()


def _distilled(study: Study, lock: Lock, name: str, traces: DistilledTraces, seed: dict[str, int]) -> Iterator[Entry]:
    common = {"teacher": traces.teacher} | model_origin(study, traces.teacher, lock)
    drawn = {key: getattr(traces, key) for key in ("samples", "temperature", "max_tokens")}
    drawn |= common | {"prompt": prompt_of(study, traces.teacher_prompt), "sets": problem_sets(traces)} | seed
    sampler = teachers_sampler(study, name)
    drawn |= {"sampler": sampler} | service_settings(study, sampler_capabilities(sampler), traces.teacher)
    yield f"traces/{name}.completions.json", "completions", drawn, (f"gradus.sampling.{sampler}.sampler",)
    kept = common | {"prompt": trace_prompt(study, traces.prompt), "sets": problem_sets(traces)}
    kept |= {"filter": _plain(traces.filter), "grading": _plain(study.grading)}
    yield f"traces/{name}.json", "filter", kept, ()


def _read(study: Study, lock: Lock, name: str, traces: Rendering, seed: dict[str, int]) -> Iterator[Entry]:
    """Traces of others, rendered and filtered."""
    settings = _plain(traces, "repo", "files") | seed
    settings |= {"set": name, "prompt": trace_prompt(study, traces.prompt), "grading": _plain(study.grading)}
    if traces.tokenizer is not None:
        settings |= model_origin(study, traces.tokenizer, lock)
    modules = [f"{READERS}.{traces.kind}"]  # type: ignore[attr-defined] every kind of set has one
    if isinstance(traces, SolutionTraces):
        origin = origin_of(study.problems, traces.problems)
        problems = study.problems[origin or traces.problems]
        modules.append(f"gradus.problems.sources.{problems.source}")
        of = _plain(problems, "repo", "files") | {"set": origin, "seed": derive_seed(study.seed, "problems", origin)}
        settings["of"] = of
        settings |= outside_rows(study, problems)
    settings |= outside_rows(study, traces)
    if isinstance(traces, PublishedTraces) and (download := trace_download(study, name)):
        pinned = pinned_files(download, lock)
        settings["hub"] = {key: pinned[key] for key in ("repo", "revision")}
        yield f"hub/traces/{name}.json", "data", pinned, ()
    yield f"traces/{name}.json", "read_traces", settings, tuple(modules)


def _plain(settings: Settings, *leave_out: str) -> dict[str, Any]:
    return settings.model_dump(mode="json", exclude=set(leave_out))
