"""The ablation: one row an experiment, one cell a benchmark, as a structure, CSV and Markdown.

The ± of the Markdown table is the longer arm of the 95% Wilson interval: the smallest symmetric range that contains
it. Wilson's interval is not centred on the accuracy, so one number cannot be both ends; of the candidates, worst and
mean coverage over true accuracies of 1..99% at n = 30 are: normal as published 26 / 89%, half of Wilson's width 82 /
93%, Wilson's interval itself 90 / 95%, longer arm 93 / 97%. At 0 of 30 the normal ± is 0.0, the longer arm 11.4. It
errs to the wide side by about a third of a point at n = 500. Both ends are in the CSV, the normal interval in the JSON.
"""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from textwrap import fill
from typing import Any

from gradus.evaluation import published
from gradus.evaluation.pipe_table import ABSENT, bold, escape, percent_with_arm, pipe_table
from gradus.evaluation.power import (
    ASSUMED_CORRELATION,
    minimum_detectable_difference,
    minimum_detectable_mean_difference,
)
from gradus.provenance.errors import GradusError

SIGNIFICANT = 0.05
LINE = 120
DESCRIPTION = ("name", "title", "description", "parent", "checkpoint", "stage", "backend", "method")
WILSON, NORMAL = "ci95", "ci95_normal"
MEANING = {
    WILSON: "reaches the farther end of the 95% Wilson interval, which is not centred on the accuracy; "
    "both ends are in `ablation.csv`",
    NORMAL: "is the 95% normal interval of published tables, too narrow below about 100 questions or near 0 and 100%; "
    "`ablation.csv` has Wilson's",
}


def build(
    *,
    study: str,
    benchmarks: Sequence[Mapping[str, str]],
    experiments: Sequence[Mapping[str, Any]],
    evals: Mapping[tuple[str, str], Mapping[str, Any]],
    comparisons: Sequence[Mapping[str, Any]],
    baseline: str,
    correlation: Mapping[str, float] | None = None,
    published_from: str = "",
) -> dict[str, Any]:
    """The structure of ablation.json.

    benchmarks: `name, title`, in column order. experiments: `DESCRIPTION` keys (absent ones become null), in row
    order, and `published` where there are published figures: benchmark -> share, of which `published_from` names the
    source; a benchmark with no other figures has `n` null. evals: (experiment, benchmark) -> eval JSON; a missing one
    leaves the cell out. comparisons: rows of comparisons.csv. correlation: benchmark -> correlation with the baseline
    over questions, as measured (`comparisons.typical_correlation`), for the minimum detectable difference; assumed
    where absent.
    Raises GradusError when a benchmark's n differs between experiments, or the baseline is no experiment.
    """
    names = [experiment["name"] for experiment in experiments]
    if baseline not in names:
        raise GradusError(f"study {study}: baseline {baseline} is no experiment; there are {', '.join(names)}")
    known = {benchmark for experiment in experiments for benchmark in experiment.get("published", {})}
    sizes = {name: _size(name, names, evals, name in known) for name in (b["name"] for b in benchmarks)}
    against = {(row["b"], row["benchmark"]): row for row in comparisons if row["a"] == baseline}
    rows = [
        {
            **{key: experiment.get(key) for key in DESCRIPTION},
            "cells": {
                name: _cell(evals[experiment["name"], name], against.get((experiment["name"], name)))
                for name in sizes
                if (experiment["name"], name) in evals
            },
        }
        | _published(experiment, evals)
        for experiment in experiments
    ]
    _mark_best(rows, list(sizes))
    return {
        "study": study,
        "baseline": baseline,
        "benchmarks": [
            {
                "name": benchmark["name"],
                "title": benchmark["title"],
                "n": sizes[benchmark["name"]],
                **_detectable(benchmark["name"], evals.get((baseline, benchmark["name"])), correlation or {}),
            }
            for benchmark in benchmarks
        ],
        "experiments": rows,
    } | ({"published_from": published_from} if known else {})


def render_csv(ablation: Mapping[str, Any]) -> str:
    """One row an experiment; empty fields where it was not evaluated. Benchmarks of which figures are published have
    three further columns: the published share, the measured one less it, and whether the Wilson interval reaches it.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    described = [key for key in DESCRIPTION if key not in ("name", "description")]
    names = [benchmark["name"] for benchmark in ablation["benchmarks"]]
    known = [name for name in names if any(name in e.get("published", {}) for e in ablation["experiments"])]
    columns = [f"{name}_{part}" for name in names for part in ("accuracy", "lo", "hi", "n")]
    columns += [f"{name}_{part}" for name in known for part in ("published", "less_published", "published_inside")]
    writer.writerow(["experiment", *described, *columns])
    for experiment in ablation["experiments"]:
        row = [experiment["name"], *(experiment[key] or "" for key in described)]
        for name in names:
            cell = experiment["cells"].get(name)
            row += [f"{x:.6g}" for x in (cell["accuracy"], *cell["ci95"])] + [cell["n"]] if cell else [""] * 4
        for name in known:
            row += _published_fields(experiment.get("published", {}).get(name))
        writer.writerow(row)
    return text.getvalue()


def render_markdown(ablation: Mapping[str, Any], interval: str = WILSON) -> str:
    """The table and what its signs mean; `interval` chooses the ±: `ci95` (Wilson) or `ci95_normal` (as published)."""
    benchmarks = ablation["benchmarks"]
    title = next(e["title"] or e["name"] for e in ablation["experiments"] if e["name"] == ablation["baseline"])
    header = ["Experiment", *(f"{escape(b['title'])} ({_asked(b)})" for b in benchmarks)]
    rows = []
    for experiment in ablation["experiments"]:
        name = bold(escape(experiment["title"] or experiment["name"]))
        rows.append([name, *(_text(experiment["cells"].get(b["name"]), interval) for b in benchmarks)])
        if figures := experiment.get("published"):
            rows.append([published.LABEL, *(published.in_words(figures.get(b["name"])) for b in benchmarks)])
    several = any(cell.get("samples", 1) > 1 for e in ablation["experiments"] for cell in e["cells"].values())
    test = "exact McNemar test" + (", or sign-flip test over question means for avg@k" if several else "")
    notes = [
        f"± {MEANING[interval]}.",
        "Bold is the best of its column, which at these sizes need not be better than the next.",
        f"`*`: differs from {escape(title)} at p < {SIGNIFICANT} ({test}, paired by question, Holm-adjusted over "
        "the comparisons of its benchmark; all are in `comparisons.csv`).",
        *_unknown_notes(ablation),
        *([published.note(escape(ablation["published_from"]))] if "published_from" in ablation else []),
    ]
    return "\n".join(
        [
            pipe_table(header, rows),
            *(fill(note, LINE, initial_indent="- ", subsequent_indent="  ") for note in notes),
            "",
            _detectable_table(benchmarks, escape(title)),
        ]
    )


def _size(
    benchmark: str, names: Sequence[str], evals: Mapping[tuple[str, str], Mapping[str, Any]], published: bool
) -> int | None:
    """The number of questions; None where only published figures are known."""
    sizes = {name: evals[name, benchmark]["n"] for name in names if (name, benchmark) in evals}
    if not sizes and published:
        return None
    if not sizes:
        raise GradusError(f"benchmark {benchmark}: no experiment was evaluated on it; evaluate one or drop it")
    few, many = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
    if sizes[few] != sizes[many]:
        raise GradusError(
            f"benchmark {benchmark}: {few} answered {sizes[few]} questions but {many} {sizes[many]}; "
            "evaluate all on the same problem set"
        )
    return sizes[few]


def _cell(score: Mapping[str, Any], comparison: Mapping[str, Any] | None) -> dict[str, Any]:
    cell = {key: score[key] for key in ("accuracy", "ci95", "ci95_normal", "correct", "n", "unknown")}
    cell["samples"] = score.get("samples_per_question", 1)
    if comparison is not None:
        cell |= {"delta_vs_baseline": comparison["delta"], "p_adjusted": comparison["p_adjusted"]}
    return cell


def _published(
    experiment: Mapping[str, Any], evals: Mapping[tuple[str, str], Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    figures = {}
    for benchmark, value in experiment.get("published", {}).items():
        score = evals.get((experiment["name"], benchmark), {})
        figures[benchmark] = published.beside(value, score.get("accuracy"), score.get(WILSON))
    return {"published": figures} if figures else {}


def _published_fields(figure: Mapping[str, Any] | None) -> list[str]:
    if figure is None:
        return [""] * 3
    if figure["delta"] is None:
        return [f"{figure['value']:.6g}", "", ""]
    return [f"{figure['value']:.6g}", f"{figure['delta']:.6g}", str(figure["inside"]).lower()]


def _mark_best(rows: Sequence[Mapping[str, Any]], benchmarks: Sequence[str]) -> None:
    """All that share the highest accuracy; none where all are equal."""
    for name in benchmarks:
        cells = [row["cells"][name] for row in rows if name in row["cells"]]
        accuracies = [cell["accuracy"] for cell in cells]
        for cell in cells:
            cell["best"] = max(accuracies) > min(accuracies) and cell["accuracy"] == max(accuracies)


def _detectable(benchmark: str, score: Mapping[str, Any] | None, measured: Mapping[str, float]) -> dict[str, Any]:
    known = benchmark in measured
    about = {"correlation": measured.get(benchmark, ASSUMED_CORRELATION), "correlation_measured": known}
    if score is None:
        return {"samples": None, "detectable": None, **about}
    asked = {"n": score["n"], "accuracy": score["accuracy"], "correlation": about["correlation"]}
    samples = score.get("samples_per_question", 1)
    if samples == 1:
        gain = minimum_detectable_difference(**asked)
    else:
        gain = minimum_detectable_mean_difference(**asked, question_sd=score["question_sd"] or 0.0)
    return {"samples": samples, "detectable": gain, **about}


def _text(cell: Mapping[str, Any] | None, interval: str) -> str:
    if cell is None:
        return ABSENT
    text = percent_with_arm(cell["accuracy"], cell[interval])
    # The space keeps Markdown from taking the star for emphasis.
    return (bold(text) if cell["best"] else text) + (" *" if cell.get("p_adjusted", 1.0) < SIGNIFICANT else "")


def _asked(benchmark: Mapping[str, Any]) -> str:
    """`n=30`, or `n=30, avg@16` where there are several samples a question; `not measured` where there is none."""
    if benchmark["n"] is None:
        return "not measured"
    several = (benchmark["samples"] or 1) > 1
    return f"n={benchmark['n']}" + (f", avg@{benchmark['samples']}" if several else "")


def _unknown_notes(ablation: Mapping[str, Any]) -> list[str]:
    total = {b["name"]: 0 for b in ablation["benchmarks"]}
    for experiment in ablation["experiments"]:
        for name, cell in experiment["cells"].items():
            total[name] += cell["unknown"]
    found = ", ".join(f"{escape(b['title'])} {total[b['name']]}" for b in ablation["benchmarks"] if total[b["name"]])
    return [f"Answers the grader could not judge, counted as wrong (all experiments): {found}."] if found else []


def _detectable_table(benchmarks: Sequence[Mapping[str, Any]], baseline: str) -> str:
    rows = [
        [
            escape(b["title"]),
            _asked(b).removeprefix("n=") if b["n"] is not None else ABSENT,
            ABSENT if b["detectable"] is None else f"{100 * b['detectable']:.1f} points",
            f"{b['correlation']:.2f} {'measured' if b['correlation_measured'] else 'assumed'}",
        ]
        for b in benchmarks
    ]
    table = pipe_table(["Benchmark", "n", "Smallest gain found", "Correlation over questions"], rows)
    lead = (
        f"Smallest true gain over {baseline} that the paired test finds 4 times in 5 (two-sided 5%, before adjustment; "
        f"{ABSENT} where there is none). A smaller difference in the table may well be noise: it is progress "
        "only where its test says so. The closer two experiments correlate over questions, the smaller:"
    )
    return f"{fill(lead, LINE)}\n\n{table}"
