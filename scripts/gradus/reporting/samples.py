"""What the sample browser holds: some completions of every outcome, of the same problems where possible.

The choice is a function of the problem ids alone: problems are ranked by a digest of their id, and each outcome of
each cell takes its first ones. Ranking all cells alike makes it likely that a problem chosen in one is chosen in the
others, to be compared.
"""

import hashlib
import json
from typing import Any

from gradus.reporting.formats import clip
from gradus.reporting.inputs import Problem, ReportInputs, Sample
from gradus.reporting.marks import Mark
from gradus.reporting.outcomes import OUTCOMES, outcome

# Bytes of JSON that the completions may take; the rest of the page is small.
BUDGET = 1_900_000
# (completions per outcome, characters of a completion), from generous to frugal; the first that fits is taken.
SIZES = (
    *((24, 8000), (24, 4000), (16, 8000), (16, 4000), (12, 4000), (8, 4000), (6, 4000), (6, 2500), (4, 2500)),
    *((3, 2000), (2, 2000), (2, 1200), (1, 1200), (1, 600)),
)
PROBLEM_CHARACTERS = 4000
ANSWER_CHARACTERS = 300


def rank(problem_id: str) -> str:
    """A fixed pseudo-random order of problems, blind to their order in the file."""
    return hashlib.sha256(problem_id.encode("utf-8", "surrogatepass")).hexdigest()


def section(inputs: ReportInputs, marks: dict[str, Mark], budget: int = BUDGET) -> dict[str, Any] | None:
    """The browser's data (see `_data`) and how much of the whole it is; None without samples or problems."""
    cells = {
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


def _data(inputs: ReportInputs, cells: dict, marks: dict[str, Mark], limit: int, characters: int) -> dict[str, Any]:
    """The browser's JSON.

    `outcomes`: [key, title] in order. `experiments` and `benchmarks`: names (for links) and titles. `problems`: by
    benchmark index, the problems that are shown, each with the outcome of every experiment on it (one letter, `-` for
    none). `cells`: per experiment and benchmark, per outcome, the `total` and the `items`, each a problem's index and
    the completion.
    """
    experiments = [entry["name"] for entry in inputs.experiments]
    benchmarks = [benchmark["name"] for benchmark in inputs.benchmarks]
    chosen: list[dict[str, Any]] = []
    used: dict[str, set[str]] = {name: set() for name in benchmarks}
    for (experiment, benchmark), samples in cells.items():
        found = {key: [s for s in samples if outcome(s) == key] for key in OUTCOMES}
        taken = {key: _chosen(group, limit) for key, group in found.items() if group}
        used[benchmark].update(sample["id"] for group in taken.values() for sample in group)
        chosen.append(
            {"cell": (experiment, benchmark), "taken": taken, "totals": {k: len(g) for k, g in found.items()}}
        )
    places: dict[str, dict[str, int]] = {}
    problems: list[list[dict[str, Any]]] = []
    for benchmark in benchmarks:
        shown = [p for p in inputs.problems.get(benchmark, []) if p["id"] in used[benchmark]]
        places[benchmark] = {problem["id"]: index for index, problem in enumerate(shown)}
        letters = {e: {s["id"]: outcome(s)[0] for s in cells.get((e, benchmark), [])} for e in experiments}
        problems.append([_problem(p, "".join(letters[e].get(p["id"], "-") for e in experiments)) for p in shown])
    return {
        "outcomes": list(OUTCOMES.items()),
        "experiments": [{"name": n, "title": marks[n].title, "colour": marks[n].colour} for n in experiments],
        "benchmarks": [{"name": name, "title": inputs.title_of(name)} for name in benchmarks],
        "problems": problems,
        "cells": [
            {
                "e": experiments.index(entry["cell"][0]),
                "b": benchmarks.index(entry["cell"][1]),
                "outcomes": {
                    key: {
                        "total": entry["totals"][key],
                        "items": _items(group, places[entry["cell"][1]], characters),
                    }
                    for key, group in entry["taken"].items()
                },
            }
            for entry in chosen
        ],
    }


def _chosen(samples: list[Sample], limit: int) -> list[Sample]:
    """The first `limit` by rank, in the order of the file."""
    taken = {sample["id"] for sample in sorted(samples, key=lambda sample: rank(sample["id"]))[:limit]}
    return [sample for sample in samples if sample["id"] in taken]


def _problem(problem: Problem, letters: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": problem["id"],
        "problem": clip(problem["problem"], PROBLEM_CHARACTERS)[0],
        "answer": clip(problem["answer"], ANSWER_CHARACTERS)[0],
        "outcomes": letters,
    }
    for key in ("level", "subject"):
        if problem[key] not in (None, ""):
            shown[key] = problem[key]
    return shown


def _items(samples: list[Sample], places: dict[str, int], characters: int) -> list[dict[str, Any]]:
    items = []
    for sample in samples:
        if sample["id"] in places:
            text, cut = clip(sample["text"], characters)
            answer = None if sample["answer"] is None else clip(sample["answer"], ANSWER_CHARACTERS)[0]
            item = {"p": places[sample["id"]], "text": text, "answer": answer, "tokens": sample["tokens"]}
            if cut:
                item["cut"] = cut
            if sample["finish_reason"] == "length":
                item["long"] = 1
            items.append(item)
    return items
