"""Checks of trace sets that no single key can make."""

from collections.abc import Callable, Mapping
from typing import Any

from gradus.hub.lock import is_repo_name
from gradus.study.file import KeyPath
from gradus.study.local_files import rows_mistake
from gradus.study.mistakes import Mistake
from gradus.study.problem_sets import ProblemSet, lacks_annotations, lacks_solutions
from gradus.study.settings.traces import (
    MixedTraces,
    ProblemTraces,
    PublishedTraces,
    Rendering,
    SampledTraces,
    Traces,
)
from gradus.study.trace_sets import TraceSet
from gradus.traces.named import trace_source

Expect = Callable[[KeyPath, str, Mapping[str, Any], str], bool]
"""Whether a name is there; notes a mistake where it is not."""


def trace_mistakes(
    study: str,
    traces: Mapping[str, TraceSet],
    problems: Mapping[str, ProblemSet],
    models: Mapping[str, Any],
    experiments: Mapping[str, Any],
    expect: Expect,
) -> list[Mistake]:
    mistakes: list[Mistake] = []
    for name, settings in traces.items():
        here: KeyPath = ("traces", name)
        if isinstance(settings, SampledTraces):
            expect((*here, "teacher"), settings.teacher, {**models, **experiments}, "model or experiment")
            for problem_set in problem_sets(settings):
                expect((*here, "problems"), problem_set, problems, "problem set")
            if not problem_sets(settings):
                mistakes.append(((*here, "problems"), "name one problem set or more"))
        elif isinstance(settings, ProblemTraces):
            if expect((*here, "problems"), settings.problems, problems, "problem set"):
                mistakes += _unsolved(problems, settings, here)
        elif isinstance(settings, MixedTraces):
            for part in settings.parts:
                if expect((*here, "parts", part), part, traces, "trace set") and isinstance(traces[part], MixedTraces):
                    mistakes.append(((*here, "parts", part), f"{part!r} is a mix itself; name its own parts"))
        if isinstance(settings, Rendering):
            if settings.tokenizer is not None:
                expect((*here, "tokenizer"), settings.tokenizer, models, "model")
            elif settings.max_tokens is not None:
                mistakes.append(((*here, "max_tokens"), "set `tokenizer` to a model of the study, to count its tokens"))
        if isinstance(settings, PublishedTraces):
            mistakes += _place_mistakes(study, settings, here)
        if isinstance(settings, Traces) and settings.prompt is not None and settings.prompt.few_shot:
            what = "a trace has no exchanges, training would learn them by heart; remove this key"
            mistakes.append(((*here, "prompt", "few_shot"), what))
    return mistakes


def problem_sets(settings: TraceSet) -> list[str]:
    """The problem sets that traces are made from."""
    named = getattr(settings, "problems", [])
    return [named] if isinstance(named, str) else list(named)


def _unsolved(problems: Mapping[str, ProblemSet], settings: ProblemTraces, here: KeyPath) -> list[Mistake]:
    """The mistake of taking solutions, or annotations in them, from a set whose source has none."""
    source = trace_source(settings.kind)
    lacking = lacks_solutions(problems, settings.problems) if source.solved else ""
    if not lacking and source.annotated(settings):
        bare = lacks_annotations(problems, settings.problems)
        return [((*here, "annotations"), bare)] if bare else []
    return [((*here, "problems"), lacking)] if lacking else []


def _place_mistakes(study: str, settings: PublishedTraces, here: KeyPath) -> list[Mistake]:
    if settings.path is None:
        if settings.repo:
            what = f"{settings.repo!r} is not the name of a repository, such as owner/name; correct it, or set `path`"
            return [] if is_repo_name(settings.repo) else [((*here, "repo"), what)]
        return [((*here, "path"), "set `path` to a local file or folder, or `repo` to a data set of the hub")]
    what = rows_mistake(study, settings.path)
    return [((*here, "path"), what)] if what else []
