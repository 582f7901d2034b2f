"""Other graders on the same completions: the error bar that comes from the grader, and the answers behind it."""

from typing import Any

from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.marks import Mark

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


def section(inputs: ReportInputs, marks: dict[str, Mark]) -> dict[str, Any] | None:
    """Agreement by grader, accuracies by grader, and the disagreements; None where nothing was judged anew."""
    here = [each for each in inputs.second_opinion if each["covered"]]
    if not here:
        return None
    apart = [{"benchmark": each["benchmark"]} | row for each in here for row in each["disagreements"]]
    apart.sort(key=lambda row: -row["completions"])
    return {
        "columns": [{"title": inputs.title_of(each["benchmark"]), "covered": _covered(each)} for each in here],
        "whole": all(each["covered"] == each["completions"] for each in here),
        "graders": [_grader(name, here) for name in TITLES if name != OURS],
        "titles": list(TITLES.values()),
        "accuracies": [row for each in here for row in _accuracies(inputs, each, marks)],
        "disagreements": [_disagreement(inputs, row) for row in apart[:MOST_ROWS]],
        "count": formats.count(len(apart)),
        "more": formats.count(len(apart) - MOST_ROWS) if len(apart) > MOST_ROWS else "",
    }


def _covered(benchmark: dict[str, Any]) -> str:
    covered, all_of_them = benchmark["covered"], benchmark["completions"]
    return f"{formats.percent(covered / all_of_them, 0)} of {formats.count(all_of_them)}"


def _grader(name: str, benchmarks: list[dict[str, Any]]) -> dict[str, Any]:
    """One row: how often this grader agrees, and the accuracy that it would change most."""
    cells = []
    for benchmark in benchmarks:
        shifts = [row[name] - row[OURS] for row in benchmark["accuracy"].values() if row["n"]]
        agreement = benchmark["graders"][name]["agreement"]
        unknown = benchmark["graders"][name]["unknown"]
        cells.append(
            {
                "agreement": formats.percent(agreement),
                "sort": agreement,
                "shift": formats.points(max(shifts, key=abs, default=None)),
                "tip": f"{formats.count(unknown)} completions it cannot judge" if unknown else "",
            }
        )
    return {"title": TITLES[name], "cells": cells}


def _accuracies(inputs: ReportInputs, benchmark: dict[str, Any], marks: dict[str, Mark]) -> list[dict[str, Any]]:
    rows = []
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


def _disagreement(inputs: ReportInputs, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "completions": formats.count(row["completions"]),
        "benchmark": inputs.title_of(row["benchmark"]),
        "grader": TITLES[row["grader"]],
        "gold": row["gold"],
        "answer": row["answer"],
        "ending": row["ending"],
        "ours": row["gradus"],
        "theirs": row["other"],
    }
