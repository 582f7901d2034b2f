"""From a teacher's completions to traces: what is kept, and why the rest is not."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradus.grading.thoughts import CLOSE, OPEN
from gradus.grading.verdict import Verdict, grade_completions
from gradus.problems.joined import read_joined
from gradus.problems.problem import Problem
from gradus.provenance.files import sha256_file
from gradus.sampling.samples import Sample, read_samples
from gradus.specs.traces import FilterTracesSpec
from gradus.study.settings.traces import TraceFilter
from gradus.traces.injected import injection_summary, with_tokens
from gradus.traces.rendering import Unusable, rendered
from gradus.traces.table import expect_some, length_summary
from gradus.traces.trace import trace
from gradus.vocabulary.inject import injector

Good = tuple[Sample, str]
"""A completion to keep, and how it reads as the assistant's turn, the last one where there are several."""


def filter_files(
    problem_files: Sequence[Path], completions_file: Path, settings: FilterTracesSpec
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The traces that are made of these files, and their summary. Raises GradusError where no trace is left."""
    problems, completions = read_joined(problem_files), read_samples(completions_file)
    traces, dropped = filter_completions(problems, completions, settings)
    expect_some(traces, completions_file)
    return traces, {
        "problems": len(problems),
        "completions": len(completions),
        "kept": len(traces),
        "yield": len({trace["id"] for trace in traces}) / len(problems),
        "dropped": dict(sorted(dropped.items())),
        "tokens": length_summary([trace["tokens"] for trace in traces]),
        "teacher": settings.teacher,
        "digests": {"completions": sha256_file(completions_file)},
        **injection_summary(traces, settings.inject),
    }


def filter_completions(
    problems: Sequence[Problem], samples: Sequence[Sample], settings: FilterTracesSpec
) -> tuple[list[dict[str, Any]], Counter[str]]:
    """The traces, in the order of the problems, and the number of completions dropped by reason.

    Reasons: `truncated`, `no_answer`, `wrong`, `unknown` (the grader could not tell), `too_short`, `too_long`,
    `not_step_by_step`, those of `rendering.rendered`, and `not_chosen` for good ones of which another of the same
    problem was kept. A trace's tokens are those of the completion, before it is rendered.
    """
    rules, methods, inject = settings.filter, settings.grading.methods, injector(settings.inject)
    by_problem: dict[str, list[Sample]] = {}
    for sample in samples:
        by_problem.setdefault(sample.id, []).append(sample)
    dropped: Counter[str] = Counter()
    traces = []
    for problem in problems:
        good: list[Good] = []
        its_samples = by_problem.get(problem.id, [])
        verdicts = grade_completions([s.text for s in its_samples], [problem.reference] * len(its_samples), methods)
        for sample, verdict in zip(its_samples, verdicts):
            reason = _reason_to_drop(sample, verdict, rules)
            if reason is None:
                try:
                    good.append((sample, _rendered(sample, problem, settings)))
                    continue
                except Unusable as unusable:
                    reason = str(unusable)
            dropped[reason] += 1
        chosen = _choose(good, rules.keep)
        dropped["not_chosen"] += len(good) - len(chosen)
        for sample, text in chosen:
            earlier = sample.turns[:-1]
            made = trace(problem, text, sample.tokens, settings.teacher, settings.prompt, earlier)
            traces.append(made | {"messages": with_tokens(made["messages"], inject)})
    return traces, +dropped


def _reason_to_drop(sample: Sample, verdict: Verdict, rules: TraceFilter) -> str | None:
    lines = (line.strip() for line in sample.whole.splitlines())
    steps = [line for line in lines if line not in ("", OPEN, CLOSE) and "\\boxed" not in line]
    checks = {
        "truncated": sample.finish_reason == "length",
        "no_answer": verdict.answer is None,
        "unknown": verdict.correct is None,
        "wrong": not verdict.correct,
        "too_short": sample.tokens < rules.min_tokens,
        "too_long": sample.tokens > rules.max_tokens,
        "not_step_by_step": len(steps) < rules.min_steps,
    }
    return next((reason for reason, holds in checks.items() if holds), None)


def _rendered(sample: Sample, problem: Problem, settings: FilterTracesSpec) -> str:
    """The completion to the letter where the set does not say otherwise."""
    if settings.think == "keep" and settings.answer == "as_is":
        return sample.text
    return rendered(sample.text, problem.answer, settings.think, settings.answer)


def _choose(good: list[Good], keep: str) -> list[Good]:
    if keep == "all" or not good:
        return good
    return [min(good, key=lambda pair: (pair[0].tokens, pair[0].sample)) if keep == "shortest" else good[0]]
