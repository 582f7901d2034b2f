"""Other graders on the same completions: the error bar that comes from the grader, and the answers behind it."""

from typing import TypedDict

from gradus.evaluation.opinions import BenchmarkOpinions, Disagreement
from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.marks import Mark

OURS = "gradus"
# name -> how it is called; the order is that of the tables
TITLES = {
    OURS: "Gradus",
    "math_verify": "math-verify",
    "prm800k": "PRM800K's rules",
    "math_paper": "MATH's string",
    "last_number": "Last number",
    "exact": "Same string",
}
MOST_ROWS = 200


class ColumnView(TypedDict):
    """A benchmark, and how many of its completions were judged."""

    title: str
    covered: str


class AgreementCell(TypedDict):
    """How often a grader agrees on a benchmark, and the accuracy that it would change most."""

    agreement: str
    sort: float | None
    shift: str
    tip: str


class GraderRow(TypedDict):
    title: str
    cells: list[AgreementCell]


class AccuracyCell(TypedDict):
    text: str
    sort: float | None


class AccuracyRow(TypedDict):
    """An experiment on a benchmark, by grader."""

    mark: Mark
    benchmark: str
    n: str
    cells: list[AccuracyCell]


class DisagreementRow(TypedDict):
    """Equal completions that Gradus and another grader judge differently."""

    completions: str
    benchmark: str
    grader: str
    reference: str
    answer: str
    ending: str
    ours: str
    theirs: str


class Graders(TypedDict):
    """`alike`: the share of judged completions whose last number is that of the answer that Gradus found. `whole`:
    whether every completion was judged. `count`: disagreements, `more`: those that are not shown.
    """

    columns: list[ColumnView]
    alike: str
    whole: bool
    graders: list[GraderRow]
    titles: list[str]
    accuracies: list[AccuracyRow]
    disagreements: list[DisagreementRow]
    count: str
    more: str


def section(inputs: ReportInputs, marks: dict[str, Mark]) -> Graders | None:
    """Agreement by grader, accuracies by grader, and the disagreements; None where nothing was judged anew."""
    here = [each for each in inputs.second_opinion if each["covered"]]
    if not here:
        return None
    disagreements = [(each["benchmark"], row) for each in here for row in each["disagreements"]]
    disagreements.sort(key=lambda found: -found[1]["completions"])
    return {
        "columns": [{"title": inputs.title_of(each["benchmark"]), "covered": _covered(each)} for each in here],
        "alike": formats.percent(sum(each["found_alike"] for each in here) / sum(each["covered"] for each in here)),
        "whole": all(each["covered"] == each["completions"] for each in here),
        "graders": [_grader(name, here) for name in TITLES if name != OURS],
        "titles": list(TITLES.values()),
        "accuracies": [row for each in here for row in _accuracies(inputs, each, marks)],
        "disagreements": [_disagreement(inputs, *found) for found in disagreements[:MOST_ROWS]],
        "count": formats.count(len(disagreements)),
        "more": formats.count(len(disagreements) - MOST_ROWS) if len(disagreements) > MOST_ROWS else "",
    }


def _covered(benchmark: BenchmarkOpinions) -> str:
    covered, all_of_them = benchmark["covered"], benchmark["completions"]
    return f"{formats.percent(covered / all_of_them, 0)} of {formats.count(all_of_them)}"


def _grader(name: str, benchmarks: list[BenchmarkOpinions]) -> GraderRow:
    """One row: how often this grader agrees, and the accuracy that it would change most."""
    cells: list[AgreementCell] = []
    for benchmark in benchmarks:
        both = [(row[name], row[OURS]) for row in benchmark["accuracy"].values()]
        shifts = [theirs - ours for theirs, ours in both if theirs is not None and ours is not None]
        agreement = benchmark["graders"][name]["agreement"]
        unknown = benchmark["graders"][name]["unknown"]
        cells.append(
            {
                "agreement": formats.percent(agreement),
                "sort": agreement,
                "shift": formats.points(max(shifts, key=abs) if shifts else None),
                "tip": f"{formats.count(unknown)} completions it cannot judge" if unknown else "",
            }
        )
    return {"title": TITLES[name], "cells": cells}


def _accuracies(inputs: ReportInputs, benchmark: BenchmarkOpinions, marks: dict[str, Mark]) -> list[AccuracyRow]:
    rows: list[AccuracyRow] = []
    for entry in inputs.experiments:
        found = benchmark["accuracy"].get(entry["name"])
        if found and found["n"]:
            values = [found[name] for name in TITLES]
            rows.append(
                {
                    "mark": marks[entry["name"]],
                    "benchmark": inputs.title_of(benchmark["benchmark"]),
                    "n": formats.count(found["n"]),
                    "cells": [{"text": formats.percent(value), "sort": value} for value in values],
                }
            )
    return rows


def _disagreement(inputs: ReportInputs, benchmark: str, row: Disagreement) -> DisagreementRow:
    return {
        "completions": formats.count(row["completions"]),
        "benchmark": inputs.title_of(benchmark),
        "grader": TITLES[row["grader"]],
        "reference": row["gold"],
        "answer": row["answer"],
        "ending": row["ending"],
        "ours": row["gradus"],
        "theirs": row["other"],
    }
