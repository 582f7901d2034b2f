"""What the sample browser holds: some completions of every outcome, of the same problems where possible.

The choice is a function of the problem ids alone: problems are ranked by a digest of their id, and each outcome of
each cell takes its first ones. Ranking all cells alike makes it likely that a problem chosen in one is chosen in the
others, to be compared.
"""

import hashlib
import json
from collections import Counter
from typing import NotRequired, TypedDict

from gradus.evaluation.outcomes import OUTCOMES
from gradus.reporting.formats import clip
from gradus.reporting.inputs import Problem, ReportInputs, Sample
from gradus.reporting.outcomes import outcome
from gradus.reporting.plots.marks import Mark

# Bytes of JSON that the completions may take; the rest of the page is small.
BUDGET_BYTES = 1_900_000
# (completions per outcome, characters of a completion), from generous to frugal; the first that fits is taken.
SIZES = (
    *((24, 8000), (24, 4000), (16, 8000), (16, 4000), (12, 4000), (8, 4000), (6, 4000), (6, 2500), (4, 2500)),
    *((3, 2000), (2, 2000), (2, 1200), (1, 1200), (1, 600)),
)
PROBLEM_CHARACTERS = 4000
ANSWER_CHARACTERS = 300


class NamedTitle(TypedDict):
    name: str
    title: str


class Run(NamedTitle):
    """An experiment with the CSS class of its colour."""

    colour: str


class ProblemView(TypedDict):
    """A problem with the outcomes of every experiment on it: one letter an answer, nothing where it was not asked."""

    id: str
    problem: str
    answer: str
    outcomes: list[str]
    level: NotRequired[int]
    subject: NotRequired[str]


class Item(TypedDict):
    """A completion of the problem at index `p`. `cut`: characters left out; `long`: it reached its longest length;
    `which`: of several answers to the problem, the training run and the sample, counted from 1. `earlier`: role and
    text of the turns before the last, which is `text`.
    """

    p: int
    text: str
    earlier: NotRequired[list[tuple[str, str]]]
    answer: str | None
    tokens: int
    cut: NotRequired[int]
    long: NotRequired[int]
    which: NotRequired[str]


class Shown(TypedDict):
    """Of `total` completions those that are shown."""

    total: int
    items: list[Item]


class CellView(TypedDict):
    """The completions of the experiment and the benchmark at these indices, by outcome."""

    e: int
    b: int
    outcomes: dict[str, Shown]


class BrowserData(TypedDict):
    """The browser's JSON. `outcomes`: key and title, in order. `problems`: by benchmark index, those that are shown."""

    outcomes: list[tuple[str, str]]
    experiments: list[Run]
    benchmarks: list[NamedTitle]
    problems: list[list[ProblemView]]
    cells: list[CellView]


class Browser(TypedDict):
    """The data, and how much of the whole it is: up to `limit` completions an outcome, of so many characters."""

    data: BrowserData
    limit: int
    characters: int
    shown: int
    total: int


Cells = dict[tuple[str, str], list[Sample]]
"""Completions by (experiment, benchmark)."""


def rank(problem_id: str) -> str:
    """A fixed pseudo-random order of problems, blind to their order in the file."""
    return hashlib.sha256(problem_id.encode("utf-8", "surrogatepass")).hexdigest()


def section(inputs: ReportInputs, marks: dict[str, Mark], budget: int = BUDGET_BYTES) -> Browser | None:
    """What the browser holds within `budget` bytes; None without samples or problems."""
    cells: Cells = {
        (entry["name"], benchmark["name"]): inputs.samples[entry["name"], benchmark["name"]]
        for entry in inputs.experiments
        for benchmark in inputs.benchmarks
        if inputs.samples.get((entry["name"], benchmark["name"])) and benchmark["name"] in inputs.problems
    }
    if not cells:
        return None
    for limit, characters in SIZES:
        data = _data(inputs, cells, marks, limit, characters)
        if len(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")) <= budget:
            break
    shown = sum(len(found["items"]) for cell in data["cells"] for found in cell["outcomes"].values())
    total = sum(len(samples) for samples in cells.values())
    return {"data": data, "limit": limit, "characters": characters, "shown": shown, "total": total}


def _data(inputs: ReportInputs, cells: Cells, marks: dict[str, Mark], limit: int, characters: int) -> BrowserData:
    experiments = [entry["name"] for entry in inputs.experiments]
    benchmarks = [benchmark["name"] for benchmark in inputs.benchmarks]
    by_outcome = {
        cell: {key: group for key in OUTCOMES if (group := [s for s in samples if outcome(s) == key])}
        for cell, samples in cells.items()
    }
    chosen = {cell: {key: _chosen(group, limit) for key, group in found.items()} for cell, found in by_outcome.items()}
    places: dict[str, dict[str, int]] = {}
    problems: list[list[ProblemView]] = []
    for name in benchmarks:
        used = {s["id"] for (_, b), taken in chosen.items() if b == name for group in taken.values() for s in group}
        shown = [problem for problem in inputs.problems.get(name, []) if problem["id"] in used]
        places[name] = {problem["id"]: index for index, problem in enumerate(shown)}
        letters = {e: _letters(cells.get((e, name), [])) for e in experiments}
        problems.append([_problem(p, [letters[e].get(p["id"], "") for e in experiments]) for p in shown])
    return {
        "outcomes": list(OUTCOMES.items()),
        "experiments": [{"name": n, "title": marks[n].title, "colour": marks[n].colour} for n in experiments],
        "benchmarks": [{"name": name, "title": inputs.title_of(name)} for name in benchmarks],
        "problems": problems,
        "cells": [
            {
                "e": experiments.index(experiment),
                "b": benchmarks.index(benchmark),
                "outcomes": {
                    key: {
                        "total": len(by_outcome[experiment, benchmark][key]),
                        "items": _items(group, places[benchmark], characters, _several(cells[experiment, benchmark])),
                    }
                    for key, group in taken.items()
                },
            }
            for (experiment, benchmark), taken in chosen.items()
        ],
    }


def _chosen(samples: list[Sample], limit: int) -> list[Sample]:
    """The first `limit` by rank, in the order of the file: of as many problems as there are, then further answers."""
    before: Counter[str] = Counter()
    keys: list[tuple[int, str, int]] = []
    for index, sample in enumerate(samples):
        keys.append((before[sample["id"]], rank(sample["id"]), index))
        before[sample["id"]] += 1
    return [samples[index] for index in sorted(index for _, _, index in sorted(keys)[:limit])]


def _letters(samples: list[Sample]) -> dict[str, str]:
    """The outcomes of all answers to a problem, by its id."""
    found: dict[str, str] = {}
    for sample in samples:
        found[sample["id"]] = found.get(sample["id"], "") + outcome(sample)[0]
    return found


def _several(samples: list[Sample]) -> tuple[bool, bool]:
    """Whether a cell has several training runs, and several samples a problem."""
    return len({sample["run"] for sample in samples}) > 1, any(sample["sample"] for sample in samples)


def _problem(problem: Problem, letters: list[str]) -> ProblemView:
    shown: ProblemView = {
        "id": problem["id"],
        "problem": clip(problem["problem"], PROBLEM_CHARACTERS)[0],
        "answer": clip(problem["answer"], ANSWER_CHARACTERS)[0],
        "outcomes": letters,
    }
    if problem["level"] is not None:
        shown["level"] = problem["level"]
    if problem["subject"]:
        shown["subject"] = problem["subject"]
    return shown


def _items(samples: list[Sample], places: dict[str, int], characters: int, several: tuple[bool, bool]) -> list[Item]:
    runs, answers = several
    items: list[Item] = []
    for sample in samples:
        if sample["id"] in places:
            text, cut = clip(sample["text"], characters)
            answer = None if sample["answer"] is None else clip(sample["answer"], ANSWER_CHARACTERS)[0]
            item: Item = {"p": places[sample["id"]], "text": text, "answer": answer, "tokens": sample["tokens"]}
            if earlier := sample.get("earlier"):
                clipped = [(turn["role"], *clip(turn["content"], characters)) for turn in earlier]
                item["earlier"] = [(role, said) for role, said, _ in clipped]
                cut += sum(left_out for *_, left_out in clipped)
            if cut:
                item["cut"] = cut
            if sample["finish_reason"] == "length":
                item["long"] = 1
            if runs or answers:
                which = [sample["run"]] * runs + [f"sample {sample['sample'] + 1}"] * answers
                item["which"] = ", ".join(which)
            items.append(item)
    return items
