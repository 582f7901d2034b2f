"""From a model's completions to what a verifier learns: each with the grader's verdict on it.

As in Cobbe et al. 2021 ("Training verifiers to solve math word problems", arXiv:2110.14168), whose verifier learns from
100 solutions of each training problem whether their answers are right. Differences: the verdict is a word after the
solution, so that an ordinary supervised fine-tuning trains it, and not a scalar head on every token; equal solutions of
a problem count once; and right and wrong ones may be balanced, so that a verifier that only tells hard problems from
easy ones, which no vote gains from, has no lower loss.
"""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradus.grading.verdict import grade_completions
from gradus.problems.joined import read_joined
from gradus.problems.problem import Problem
from gradus.prompts.verification import verdict_message, verification_messages
from gradus.provenance.files import sha256_file
from gradus.sampling.samples import Sample, read_samples
from gradus.specs.traces import JudgeTracesSpec
from gradus.study.settings.traces import Balance
from gradus.traces.table import expect_some, length_summary

Judged = tuple[Problem, Sample, bool]
"""A solution, and whether it is right."""


def judge_files(
    problem_files: Sequence[Path], completions_file: Path, settings: JudgeTracesSpec
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The traces that are made of these files, and their summary. Raises GradusError where no trace is left."""
    problems, completions = read_joined(problem_files), read_samples(completions_file)
    judged, dropped = judge_completions(problems, completions, settings.grading.methods)
    kept = balanced(judged, settings.balance, settings.seed)
    dropped["balance"] = len(judged) - len(kept)
    traces = [_trace(*one, settings) for one in kept]
    expect_some(traces, completions_file)
    return traces, {
        "problems": len(problems),
        "completions": len(completions),
        "kept": len(traces),
        "right": sum(right for _, _, right in kept),
        "yield": len({trace["id"] for trace in traces}) / len(problems),
        "dropped": dict(sorted((+dropped).items())),
        "tokens": length_summary([trace["tokens"] for trace in traces]),
        "teacher": settings.teacher,
        "digests": {"completions": sha256_file(completions_file)},
    }


def judge_completions(
    problems: Sequence[Problem], samples: Sequence[Sample], methods: Sequence[str]
) -> tuple[list[Judged], Counter[str]]:
    """Solutions with verdicts, in the order of the problems, and the number of others by reason.

    Reasons: `no_answer` (such a sample casts no vote), `unknown` (the grader could not tell), and `repeated` for one
    that was written before to the same problem.
    """
    by_problem: dict[str, dict[str, Sample]] = {}
    dropped: Counter[str] = Counter()
    for sample in samples:
        first = by_problem.setdefault(sample.id, {}).setdefault(sample.whole, sample)
        dropped["repeated"] += first is not sample
    judged: list[Judged] = []
    for problem in problems:
        own = list(by_problem.get(problem.id, {}).values())
        verdicts = grade_completions([sample.text for sample in own], [problem.reference] * len(own), methods)
        for sample, verdict in zip(own, verdicts, strict=True):
            if verdict.answer is None:
                dropped["no_answer"] += 1
            elif verdict.correct is None:
                dropped["unknown"] += 1
            else:
                judged.append((problem, sample, verdict.correct))
    return judged, dropped


def balanced(judged: Sequence[Judged], balance: Balance, seed: int) -> list[Judged]:
    """As many right as wrong ones of each problem, or of all, drawn with the seed; in the order that they were in.

    Balanced by problem, one whose solutions are all right or all wrong has none.
    """
    if balance == "none":
        return list(judged)
    groups: dict[str, dict[bool, list[int]]] = {}
    for place, (problem, _, right) in enumerate(judged):
        group = groups.setdefault(problem.id if balance == "problem" else "", {True: [], False: []})
        group[right].append(place)
    kept: list[int] = []
    for name, group in groups.items():
        count = min(map(len, group.values()))
        for right, places in group.items():
            kept += random.Random(f"{seed}/balance/{name}/{right}").sample(places, count)
    return [judged[place] for place in sorted(kept)]


def _trace(problem: Problem, sample: Sample, right: bool, settings: JudgeTracesSpec) -> dict[str, Any]:
    """One line of a trace file, its length that of the solution; with the latter by itself, for preferences."""
    asked = verification_messages(problem.problem, sample.whole, settings.question)
    return {
        "id": problem.id,
        "messages": [*asked, verdict_message(right)],
        "answer": problem.answer,
        "teacher": settings.teacher,
        "tokens": sample.tokens,
        "chars": len(sample.whole),
        "problem": problem.problem,
        "solution": sample.whole,
        "right": right,
        "cut": sample.finish_reason == "length",
    }
