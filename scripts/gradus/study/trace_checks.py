"""Checks of trace sets that no single key can make."""

from collections.abc import Callable, Mapping
from typing import Any

from gradus.hub.lock import is_repo_name
from gradus.study.file import KeyPath
from gradus.study.local_files import rows_mistake
from gradus.study.mistakes import Mistake
from gradus.study.settings.problems import ProblemSet
from gradus.study.settings.traces import MixedTraces, PublishedTraces, Rendering, TraceSet

SOLVED = ("gsm8k", "math", "math500", "gsm_sbs")
"""Sources of problems that come with worked solutions."""

Expect = Callable[[KeyPath, str, Mapping[str, Any], str], bool]
"""Notes a mistake where a name is not there; says whether it is."""


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
        if settings.kind == "distilled":
            expect((*here, "teacher"), settings.teacher, models, "model")
            for problem_set in problem_sets(settings):
                expect((*here, "problems"), problem_set, problems, "problem set")
            if not problem_sets(settings):
                mistakes.append(((*here, "problems"), "name one problem set or more"))
        elif settings.kind == "solutions" and expect((*here, "problems"), settings.problems, problems, "problem set"):
            source = origin_of(problems, settings.problems)
            if source is not None and problems[source].source not in SOLVED:
                what = f"{problems[source].source} has no worked solutions; sets of {', '.join(SOLVED)} have"
                mistakes.append(((*here, "problems"), what))
        elif isinstance(settings, MixedTraces):
            for part in settings.parts:
                if expect((*here, "parts", part), part, traces, "trace set") and traces[part].kind == "mix":
                    mistakes.append(((*here, "parts", part), f"{part!r} is a mix itself; name its own parts"))
        if isinstance(settings, Rendering):
            if settings.tokenizer is not None:
                expect((*here, "tokenizer"), settings.tokenizer, models, "model")
            elif settings.max_tokens is not None:
                mistakes.append(((*here, "max_tokens"), "set `tokenizer` to a model of the study, to count its tokens"))
        if isinstance(settings, PublishedTraces):
            mistakes += _place_mistakes(study, settings, here)
        if not isinstance(settings, MixedTraces) and settings.prompt is not None and settings.prompt.few_shot:
            what = "a trace has no exchanges, training would learn them by heart; remove this key"
            mistakes.append(((*here, "prompt", "few_shot"), what))
    return mistakes


def problem_sets(settings: TraceSet) -> list[str]:
    """The problem sets that traces are made from."""
    named = getattr(settings, "problems", [])
    return [named] if isinstance(named, str) else list(named)


def origin_of(problems: Mapping[str, ProblemSet], name: str) -> str | None:
    """The set itself, or that which it is a subset of; None where this is not there."""
    settings = problems[name]
    origin = settings.of if settings.source == "subset" else name
    return origin if origin in problems else None


def _place_mistakes(study: str, settings: PublishedTraces, here: KeyPath) -> list[Mistake]:
    repo = settings.repo  # type: ignore[attr-defined] every kind of published traces has one
    if settings.path is None:
        if repo:
            what = f"{repo!r} is not the name of a repository, such as owner/name; correct it, or set `path`"
            return [] if is_repo_name(repo) else [((*here, "repo"), what)]
        return [((*here, "path"), "set `path` to a local file or folder, or `repo` to a data set of the hub")]
    what = rows_mistake(study, settings.path)
    return [((*here, "path"), what)] if what else []
