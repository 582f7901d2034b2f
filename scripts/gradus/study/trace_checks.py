"""Checks of trace sets that no single key can make."""

from collections.abc import Callable, Mapping
from typing import Any

from gradus.hub.lock import is_repo_name
from gradus.study.file import KeyPath
from gradus.study.local_files import rows_mistake
from gradus.study.mistakes import Mistake
from gradus.study.problem_sets import SOURCES, ProblemSet, origin_of
from gradus.study.settings.traces import (
    DistilledTraces,
    MixedTraces,
    ProblemTraces,
    PublishedTraces,
    Rendering,
    Traces,
)
from gradus.study.trace_sets import TraceSet

Expect = Callable[[KeyPath, str, Mapping[str, Any], str], bool]
"""Whether a name is there; notes a mistake where it is not."""


def trace_mistakes(
    study: str,
    traces: Mapping[str, TraceSet],
    problems: Mapping[str, ProblemSet],
    models: Mapping[str, Any],
    expect: Expect,
) -> list[Mistake]:
    mistakes: list[Mistake] = []
    for name, settings in traces.items():
        here: KeyPath = ("traces", name)
        if isinstance(settings, DistilledTraces):
            expect((*here, "teacher"), settings.teacher, models, "model")
            for problem_set in problem_sets(settings):
                expect((*here, "problems"), problem_set, problems, "problem set")
            if not problem_sets(settings):
                mistakes.append(((*here, "problems"), "name one problem set or more"))
        elif isinstance(settings, ProblemTraces):
            if expect((*here, "problems"), settings.problems, problems, "problem set"):
                mistakes += _unsolved(problems, settings.problems, here)
        elif isinstance(settings, MixedTraces):
            for part in settings.parts:
                if expect((*here, "parts", part), part, traces, "trace set") and isinstance(traces[part], MixedTraces):
                    mistakes.append(((*here, "parts", part), f"{part!r} is a mix itself; name its own parts"))
        if isinstance(settings, Rendering):
            if settings.tokenizer is not None:
                expect((*here, "tokenizer"), settings.tokenizer, models, "model")
            elif settings.max_tokens is not None:
                mistakes.append(((*here, "max_tokens"), "set `tokenizer` to a model of the study, to count its tokens"))
            if settings.box and settings.answer_tags:
                mistakes.append(
                    ((*here, "answer_tags"), "an answer is in a box or in tags; remove one of the two keys")
                )
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


def _unsolved(problems: Mapping[str, ProblemSet], name: str, here: KeyPath) -> list[Mistake]:
    """The mistake of taking solutions from a set whose source has none."""
    origin = origin_of(problems, name)
    if origin is None or SOURCES[problems[origin].source].has_solutions:
        return []
    solved = ", ".join(source for source, about in SOURCES.items() if about.has_solutions)
    return [((*here, "problems"), f"{problems[origin].source} has no worked solutions; sets of {solved} have")]


def _place_mistakes(study: str, settings: PublishedTraces, here: KeyPath) -> list[Mistake]:
    if settings.path is None:
        if settings.repo:
            what = f"{settings.repo!r} is not the name of a repository, such as owner/name; correct it, or set `path`"
            return [] if is_repo_name(settings.repo) else [((*here, "repo"), what)]
        return [((*here, "path"), "set `path` to a local file or folder, or `repo` to a data set of the hub")]
    what = rows_mistake(study, settings.path)
    return [((*here, "path"), what)] if what else []
