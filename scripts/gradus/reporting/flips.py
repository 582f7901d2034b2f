"""Which problems changed between the two experiments of a pair, and what both wrote: where a difference comes from.

Of several answers to a problem, by samples or training runs, most have to be right for it to count as solved, and
fewer than half for it to count as missed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypedDict

from gradus.reporting import formats
from gradus.reporting.inputs import Problem, ReportInputs, Sample
from gradus.reporting.neighbours import asked_pairs
from gradus.reporting.plots.marks import Mark
from gradus.reporting.samples import ANSWER_CHARACTERS, rank

Direction = Literal["gained", "lost"]
"""From missed to solved, or back."""

BUDGET_BYTES = 400_000
"""Of all texts; the rest of the section is small."""
SIZES = (
    *((6, 3000, 3000), (4, 3000, 2000), (3, 2000, 1500), (2, 1500, 1500), (2, 1000, 1000)),
    *((1, 1000, 1000), (1, 500, 500)),
)
"""(problems of a direction with texts, characters of a problem, of a completion), from generous to frugal."""


@dataclass(frozen=True)
class Flips:
    """Problems by what became of them from `a` to `b`: ids, in the order of the problem set."""

    a: str
    b: str
    benchmark: str
    gained: list[str]
    lost: list[str]
    both: list[str]
    neither: list[str]
    undecided: list[str]

    @property
    def changed(self) -> int:
        return len(self.gained) + len(self.lost)


class SideView(TypedDict):
    """One answer: whose, which of several, how many were right, and its text."""

    title: str
    right: str
    answer: str
    text: str


class ExampleView(TypedDict):
    """A problem that changed, with an answer of either side."""

    id: str
    about: str
    problem: str
    reference: str
    before: SideView
    after: SideView


class GroupView(TypedDict):
    """The problems of a benchmark that changed in a direction: `shown` of `total` with texts, and the ids of others."""

    title: str
    direction: Direction
    total: str
    shown: str
    all: bool
    examples: list[ExampleView]
    ids: str


class CountView(TypedDict):
    """How many problems of a benchmark changed, and in which direction."""

    gained: str
    lost: str
    tip: str


class PairFlips(TypedDict):
    """`cells`: by benchmark, None where a side was not sampled. `shown` of `total` problems have texts."""

    a: Mark
    b: Mark
    cells: list[CountView | None]
    groups: list[GroupView]
    total: str
    shown: str


class FlipsSection(TypedDict):
    """`several`: whether any problem had several answers. `limit`: problems of a direction with texts."""

    columns: list[str]
    pairs: list[PairFlips]
    several: bool
    undecided: bool
    limit: int


def section(inputs: ReportInputs, marks: dict[str, Mark], budget: int = BUDGET_BYTES) -> FlipsSection | None:
    """By pair, in the order of the comparisons, with texts within `budget` bytes; None without pairs or samples."""
    found = [flips for flips in all_flips(inputs) if {flips.a, flips.b} <= marks.keys()]
    if not found:
        return None
    by_pair: dict[tuple[str, str], dict[str, Flips]] = {}
    for flips in found:
        by_pair.setdefault((flips.a, flips.b), {})[flips.benchmark] = flips
    for limit, problem, characters in SIZES:
        pairs = [
            _pair(inputs, here, marks[a], marks[b], limit, problem, characters) for (a, b), here in by_pair.items()
        ]
        if _bytes(pairs) <= budget:
            break
    several = any(len(found) > 1 for f in found for found in _answers(inputs, f.a, f.benchmark).values())
    return {
        "columns": [inputs.title_of(benchmark["name"]) for benchmark in inputs.benchmarks],
        "pairs": pairs,
        "several": several,
        "undecided": any(flips.undecided for flips in found),
        "limit": limit,
    }


def all_flips(inputs: ReportInputs) -> list[Flips]:
    """Of every pair that the study asks about, on every benchmark that both sides were sampled on."""
    found = []
    for a, b in asked_pairs(inputs):
        for benchmark in inputs.benchmarks:
            name = benchmark["name"]
            if name in inputs.problems and all(inputs.samples.get((side, name)) for side in (a, b)):
                found.append(flips_of(inputs, a, b, name))
    return found


def flips_of(inputs: ReportInputs, a: str, b: str, benchmark: str) -> Flips:
    """Every problem that both answered is in one of the lists."""
    before, after = _answers(inputs, a, benchmark), _answers(inputs, b, benchmark)
    lists: dict[tuple[bool, bool], list[str]] = {(x, y): [] for x in (False, True) for y in (False, True)}
    undecided: list[str] = []
    for problem in inputs.problems[benchmark]:
        key = problem["id"]
        if key in before and key in after:
            was, now = _solved(before[key]), _solved(after[key])
            if was is None or now is None:
                undecided.append(key)
            else:
                lists[was, now].append(key)
    return Flips(
        a=a,
        b=b,
        benchmark=benchmark,
        gained=lists[False, True],
        lost=lists[True, False],
        both=lists[True, True],
        neither=lists[False, False],
        undecided=undecided,
    )


def _answers(inputs: ReportInputs, experiment: str, benchmark: str) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for sample in inputs.samples[experiment, benchmark]:
        found.setdefault(sample["id"], []).append(sample)
    return found


def _solved(answers: list[Sample]) -> bool | None:
    """None where exactly half are right."""
    twice = 2 * sum(sample["correct"] is True for sample in answers)
    return None if twice == len(answers) else twice > len(answers)


def _pair(
    inputs: ReportInputs, found: Mapping[str, Flips], a: Mark, b: Mark, limit: int, problem: int, characters: int
) -> PairFlips:
    groups = [
        _group(inputs, flips, direction, ids, limit, problem, characters)
        for flips in found.values()
        for direction, ids in (("gained", flips.gained), ("lost", flips.lost))
        if ids
    ]
    names = [benchmark["name"] for benchmark in inputs.benchmarks]
    return {
        "a": a,
        "b": b,
        "cells": [_counts(inputs, found[name]) if name in found else None for name in names],
        "groups": groups,
        "total": formats.count(sum(flips.changed for flips in found.values())),
        "shown": formats.count(sum(len(group["examples"]) for group in groups)),
    }


def _counts(inputs: ReportInputs, flips: Flips) -> CountView:
    tip = [
        f"{inputs.title_of(flips.b)} against {inputs.title_of(flips.a)} on {inputs.title_of(flips.benchmark)}",
        f"Wrong → right: {formats.count(len(flips.gained))}",
        f"Right → wrong: {formats.count(len(flips.lost))}",
        f"Both right: {formats.count(len(flips.both))}, both wrong: {formats.count(len(flips.neither))}",
        *([f"Undecided: {formats.count(len(flips.undecided))}"] if flips.undecided else []),
    ]
    return {
        "gained": formats.count(len(flips.gained)),
        "lost": formats.count(len(flips.lost)),
        "tip": "\n".join(tip),
    }


def _group(
    inputs: ReportInputs,
    flips: Flips,
    direction: Direction,
    ids: list[str],
    limit: int,
    problem_characters: int,
    characters: int,
) -> GroupView:
    """Problems with texts are the first by a digest of their ids, as in the browser of completions."""
    chosen = set(sorted(ids, key=rank)[:limit])
    before, after = (_answers(inputs, side, flips.benchmark) for side in (flips.a, flips.b))
    examples = [
        _example(
            inputs,
            flips,
            problem,
            _side(inputs.title_of(flips.a), before[problem["id"]], direction == "lost", characters),
            _side(inputs.title_of(flips.b), after[problem["id"]], direction == "gained", characters),
            problem_characters,
        )
        for problem in inputs.problems[flips.benchmark]
        if problem["id"] in chosen
    ]
    return {
        "title": inputs.title_of(flips.benchmark),
        "direction": direction,
        "total": formats.count(len(ids)),
        "shown": formats.count(len(examples)),
        "all": len(examples) == len(ids),
        "examples": examples,
        "ids": _listed([key for key in ids if key not in chosen]),
    }


def _example(
    inputs: ReportInputs, flips: Flips, problem: Problem, before: SideView, after: SideView, characters: int
) -> ExampleView:
    about = [problem["id"]]
    about += [] if problem["level"] is None else [f"level {problem['level']}"]
    about += [problem["subject"]] if problem["subject"] else []
    return {
        "id": problem["id"],
        "about": " · ".join(about),
        "problem": formats.clip(problem["problem"], characters)[0],
        "reference": formats.clip(problem["answer"], ANSWER_CHARACTERS)[0],
        "before": before,
        "after": after,
    }


def _side(title: str, answers: list[Sample], right: bool, characters: int) -> SideView:
    """The first answer that is as most of them are."""
    chosen = next(sample for sample in answers if (sample["correct"] is True) == right)
    count = sum(sample["correct"] is True for sample in answers)
    several = f"{count} of {len(answers)} right" if len(answers) > 1 else ("right" if right else "wrong")
    answer = "no answer" if chosen["answer"] is None else formats.clip(chosen["answer"], ANSWER_CHARACTERS)[0]
    turns = [*(turn["content"] for turn in chosen.get("earlier", [])), chosen["text"]]
    text = formats.clip("\n".join(turns), characters)[0]
    return {"title": title, "right": several, "answer": answer, "text": text}


MOST_IDS = 40


def _listed(ids: list[str]) -> str:
    more = f" and {formats.count(len(ids) - MOST_IDS)} more" if len(ids) > MOST_IDS else ""
    return ", ".join(ids[:MOST_IDS]) + more


def _bytes(pairs: list[PairFlips]) -> int:
    return sum(
        len(text.encode("utf-8", "replace"))
        for pair in pairs
        for group in pair["groups"]
        for example in group["examples"]
        for text in (example["problem"], example["before"]["text"], example["after"]["text"])
    )
