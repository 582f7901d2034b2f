"""Checks of problem sets that are taken from others, and of the rates that some of these are chosen by."""

from typing import Any

from gradus.study.mistakes import Mistake
from gradus.study.problem_sets import chain_of
from gradus.study.settings.base import in_a_row
from gradus.study.settings.problems import SubsetProblems
from gradus.study.trace_checks import Expect
from gradus.study.writers import pass_rate_filter


def subset_mistakes(study: Any, expect: Expect) -> list[Mistake]:
    """Sets that are not there or taken from themselves, levels that they lack, and rates that keep nothing."""
    mistakes: list[Mistake] = []
    for name, problems in study.problems.items():
        if not isinstance(problems, SubsetProblems):
            continue
        if expect(("problems", name, "of"), problems.of, study.problems, "problem set"):
            chain = chain_of(study.problems, name)
            if chain[-1] in chain[:-1]:
                if name == next(one for one in study.problems if one in chain[chain.index(chain[-1]) :]):  # told once
                    what = f"{in_a_row(chain)} is a circle; name a set with a source of its own"
                    mistakes.append((("problems", name, "of"), what))
            elif lacking := _level_mistake(study, problems, chain):
                mistakes.append((("problems", name, "levels"), lacking))
        mistakes += _rate_mistakes(study, name, expect)
    mistakes += _benchmark_mistakes(study)
    return mistakes


def _level_mistake(study: Any, problems: SubsetProblems, chain: list[str]) -> str:
    """Empty where the sets that it is taken from may have all levels that it wants."""
    for of in chain[1:]:
        there = getattr(study.problems.get(of), "levels", None)
        if there and not set(problems.levels or there) <= set(there):
            return f"{of!r} has no problems of these levels"
    return ""


def _rate_mistakes(study: Any, name: str, expect: Expect) -> list[Mistake]:
    keep = pass_rate_filter(study.problems[name])
    if keep is None:
        return []
    here = ("problems", name, "keep")
    expect((*here, "by"), keep.by, {**study.models, **study.experiments}, "model or experiment")
    low, high = keep.pass_rate
    if low > high:
        return [((*here, "pass_rate"), f"{low:g} is more than {high:g}; write the lowest rate first")]
    if not any(low <= right / keep.samples <= high for right in range(keep.samples + 1)):
        what = f"no number of right samples among {keep.samples} is a share from {low:g} to {high:g}"
        return [((*here, "pass_rate"), f"{what}; widen it, or set more samples")]
    return []


def _benchmark_mistakes(study: Any) -> list[Mistake]:
    """Benchmarks of problems that are chosen by what a model answers: the contamination gate needs all benchmarks
    before a model is asked, and such a benchmark would be made for the model that chose it."""
    mistakes: list[Mistake] = []
    for name, benchmark in study.benchmarks.items():
        chain = chain_of(study.problems, benchmark.problems)
        if chosen := [one for one in chain if pass_rate_filter(study.problems.get(one))]:
            what = f"{chosen[0]!r} is chosen by a model's answers; measure on a set that is not"
            mistakes.append((("benchmarks", name, "problems"), what))
    return mistakes
