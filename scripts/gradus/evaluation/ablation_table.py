"""The ablation table as CSV and Markdown.

The ± of the Markdown table is the longer arm of the 95% Wilson interval: the smallest symmetric range that contains
it. Wilson's interval is not centred on the accuracy, so one number cannot be both ends; of the candidates, worst and
mean coverage over true accuracies of 1..99% at n = 30 are: normal as published 26 / 89%, half of Wilson's width 82 /
93%, Wilson's interval itself 90 / 95%, longer arm 93 / 97%. At 0 of 30 the normal ± is 0.0, the longer arm 11.4. It
errs to the wide side by about a third of a point at n = 500. Both ends are in the CSV, the normal interval in the JSON.
"""

import csv
from collections.abc import Sequence
from io import StringIO
from textwrap import fill
from typing import Literal, NotRequired, TypedDict

from gradus.evaluation import published
from gradus.evaluation.intervals import SIGNIFICANCE_LEVEL
from gradus.evaluation.pipe_table import ABSENT, LINE_CHARACTERS, bold, escape, percent_with_arm, pipe_table
from gradus.evaluation.published import PublishedValue

Interval = Literal["ci95", "ci95_normal"]
WILSON: Interval = "ci95"
NORMAL: Interval = "ci95_normal"
DESCRIPTION = ("title", "parent", "checkpoint", "stage", "backend", "method")
"""Columns of the CSV that describe an experiment."""
MEANING = {
    WILSON: "reaches the farther end of the 95% Wilson interval, which is not centred on the accuracy; "
    "both ends are in `ablation.csv`",
    NORMAL: "is the 95% normal interval of published tables, too narrow below about 100 questions or near 0 and 100%; "
    "`ablation.csv` has Wilson's",
}


class Cell(TypedDict):
    """One experiment on one benchmark. Accuracy, intervals and differences are shares; `correct` counts samples.

    The differences from the baseline are missing where the two were not compared.
    """

    accuracy: float
    ci95: list[float]
    ci95_normal: list[float]
    correct: int
    n: int
    unknown: int
    samples: int
    best: bool
    delta_vs_baseline: NotRequired[float]
    p_adjusted: NotRequired[float]


class Row(TypedDict):
    """An experiment, with its cells by benchmark."""

    name: str
    title: str
    description: str
    parent: str
    checkpoint: int | Literal["best"] | None
    stage: str
    backend: str
    method: str
    cells: dict[str, Cell]
    published: NotRequired[dict[str, PublishedValue]]


class Column(TypedDict):
    """A benchmark. `n`: its questions, `samples`: of each question, both None where only published values are known.

    `detectable`: the smallest true gain over the baseline, as a share, that the paired test finds 4 times in 5.
    """

    name: str
    title: str
    n: int | None
    samples: int | None
    detectable: float | None
    correlation: float
    correlation_measured: bool


class Ablation(TypedDict):
    """What ablation.json holds."""

    study: str
    baseline: str
    benchmarks: list[Column]
    experiments: list[Row]
    published_from: NotRequired[str]


def render_csv(ablation: Ablation) -> str:
    """One row an experiment; empty fields where it was not evaluated. Benchmarks with published values have three
    further columns: the published share, the measured one less it, and whether the Wilson interval reaches it.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [benchmark["name"] for benchmark in ablation["benchmarks"]]
    known = [name for name in names if any(name in e.get("published", {}) for e in ablation["experiments"])]
    columns = [f"{name}_{part}" for name in names for part in ("accuracy", "lo", "hi", "n")]
    columns += [f"{name}_{part}" for name in known for part in ("published", "less_published", "published_inside")]
    writer.writerow(["experiment", *DESCRIPTION, *columns])
    for experiment in ablation["experiments"]:
        row = [experiment["name"], *(experiment[key] or "" for key in DESCRIPTION)]
        for name in names:
            cell = experiment["cells"].get(name)
            row += [f"{x:.6g}" for x in (cell["accuracy"], *cell["ci95"])] + [cell["n"]] if cell else [""] * 4
        for name in known:
            row += _published_fields(experiment.get("published", {}).get(name))
        writer.writerow(row)
    return text.getvalue()


def render_markdown(ablation: Ablation, interval: Interval = WILSON) -> str:
    """The table and what its signs mean; `interval` chooses the ±: `ci95` (Wilson) or `ci95_normal` (as published)."""
    benchmarks = ablation["benchmarks"]
    title = next(e["title"] or e["name"] for e in ablation["experiments"] if e["name"] == ablation["baseline"])
    header = ["Experiment", *(f"{escape(b['title'])} ({_asked(b)})" for b in benchmarks)]
    rows = []
    for experiment in ablation["experiments"]:
        name = bold(escape(experiment["title"] or experiment["name"]))
        rows.append([name, *(_text(experiment["cells"].get(b["name"]), interval) for b in benchmarks)])
        if values := experiment.get("published"):
            rows.append([published.LABEL, *(published.in_words(values.get(b["name"])) for b in benchmarks)])
    several = any(cell.get("samples", 1) > 1 for e in ablation["experiments"] for cell in e["cells"].values())
    test = "exact McNemar test" + (", or sign-flip test over question means for avg@k" if several else "")
    notes = [
        f"± {MEANING[interval]}.",
        "Bold is the best of its column, which at these sizes need not be better than the next.",
        f"`*`: differs from {escape(title)} at p < {SIGNIFICANCE_LEVEL} ({test}, paired by question, Holm-adjusted "
        "over the comparisons of its benchmark; all are in `comparisons.csv`).",
        *_unknown_notes(ablation),
        *([published.note(escape(ablation["published_from"]))] if "published_from" in ablation else []),
    ]
    return "\n".join(
        [
            pipe_table(header, rows),
            *(fill(note, LINE_CHARACTERS, initial_indent="- ", subsequent_indent="  ") for note in notes),
            "",
            _detectable_table(benchmarks, escape(title)),
        ]
    )


def _published_fields(value: PublishedValue | None) -> list[str]:
    if value is None:
        return [""] * 3
    if value["delta"] is None:
        return [f"{value['value']:.6g}", "", ""]
    return [f"{value['value']:.6g}", f"{value['delta']:.6g}", str(value["inside"]).lower()]


def _text(cell: Cell | None, interval: Interval) -> str:
    if cell is None:
        return ABSENT
    text = percent_with_arm(cell["accuracy"], cell[interval])
    # The space keeps Markdown from taking the star for emphasis.
    return (bold(text) if cell["best"] else text) + (" *" if cell.get("p_adjusted", 1.0) < SIGNIFICANCE_LEVEL else "")


def _asked(benchmark: Column) -> str:
    """`n=30`, or `n=30, avg@16` where there are several samples a question; `not measured` where there is none."""
    if benchmark["n"] is None:
        return "not measured"
    several = (benchmark["samples"] or 1) > 1
    return f"n={benchmark['n']}" + (f", avg@{benchmark['samples']}" if several else "")


def _unknown_notes(ablation: Ablation) -> list[str]:
    total = {b["name"]: 0 for b in ablation["benchmarks"]}
    for experiment in ablation["experiments"]:
        for name, cell in experiment["cells"].items():
            total[name] += cell["unknown"]
    found = ", ".join(f"{escape(b['title'])} {total[b['name']]}" for b in ablation["benchmarks"] if total[b["name"]])
    return [f"Answers the grader could not judge, counted as wrong (all experiments): {found}."] if found else []


def _detectable_table(benchmarks: Sequence[Column], baseline: str) -> str:
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
    return f"{fill(lead, LINE_CHARACTERS)}\n\n{table}"
