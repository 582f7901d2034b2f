"""The ablation table: what ablation.json holds, and the same as Markdown.

The ± of the Markdown table is the longer arm of the 95% Wilson interval: the smallest symmetric range that contains
it. Wilson's interval is not centred on the accuracy, so one number cannot be both ends; of the candidates, worst and
mean coverage over true accuracies of 1..99% at n = 30 are: normal as published 26 / 89%, half of Wilson's width 82 /
93%, Wilson's interval itself 90 / 95%, longer arm 93 / 97%. At 0 of 30 the normal ± is 0.0, the longer arm 11.4. It
errs to the wide side by about a third of a point at n = 500. Both ends are in the CSV, the normal interval in the JSON.
"""

from collections.abc import Sequence
from textwrap import fill
from typing import Literal, NotRequired, TypedDict

from gradus.evaluation import published, questions
from gradus.evaluation.cells import Cell
from gradus.evaluation.comparison_table import Comparison
from gradus.evaluation.pipe_table import (
    ABSENT,
    ENDS_MEANING,
    LINE_CHARACTERS,
    bold,
    escape,
    percent_with_arm,
    pipe_table,
)
from gradus.evaluation.published import PublishedValue
from gradus.specs.evaluation import Family
from gradus.statistics.intervals import SIGNIFICANCE_LEVEL

Interval = Literal["ci95", "ci95_normal"]
WILSON: Interval = "ci95"
NORMAL: Interval = "ci95_normal"
MEANING = {
    WILSON: "reaches the farther end of the 95% Wilson interval, which is not centred on the accuracy; "
    "both ends are in `ablation.csv`",
    NORMAL: "is the 95% normal interval of published tables, too narrow below about 100 questions or near 0 and 100%; "
    "`ablation.csv` has Wilson's",
}


class Row(TypedDict):
    """An experiment, with its cells by benchmark. `trained`: whether anything was trained on the way to it; `runs`: how
    many training runs it has.
    """

    name: str
    title: str
    description: str
    parent: str
    checkpoint: int | Literal["best"] | None
    stage: str
    backend: str
    method: str
    trained: bool
    runs: int
    cells: dict[str, Cell]
    published: NotRequired[dict[str, PublishedValue]]
    published_parts: NotRequired[dict[str, dict[str, PublishedValue]]]


class Parts(TypedDict):
    """Of a benchmark: the column of its problems that they are by, and how many problems each has, in their order."""

    column: str
    sizes: dict[str, int]


class Column(TypedDict):
    """A benchmark. `n`: its questions, `samples`: of each question, both None where only published values are known.

    `detectable`: the smallest true gain over the baseline, as a share, that gets a star 4 times in 5: the median of the
    experiments'.
    """

    name: str
    title: str
    n: int | None
    samples: int | None
    detectable: float | None
    correlation: float
    correlation_measured: bool
    parts: NotRequired[Parts]


class Ablation(TypedDict):
    """What ablation.json holds."""

    study: str
    baseline: str
    benchmarks: list[Column]
    experiments: list[Row]
    published_from: NotRequired[str]


def render_markdown(
    ablation: Ablation,
    comparisons: Sequence[Comparison] = (),
    family: Family = "benchmark",
    interval: Interval = WILSON,
) -> str:
    """The table, what its signs mean, and the study's questions.

    interval: of one run, `ci95` (Wilson) or `ci95_normal` (as published). family: what p is adjusted over.
    """
    benchmarks = ablation["benchmarks"]
    titles = {e["name"]: e["title"] or e["name"] for e in ablation["experiments"]}
    baseline = escape(titles[ablation["baseline"]])
    header = ["Experiment", *(f"{escape(b['title'])} ({_asked(b)})" for b in benchmarks)]
    rows = []
    for experiment in ablation["experiments"]:
        name = bold(escape(titles[experiment["name"]]))
        runs = f" ({experiment['runs']} runs)" if experiment["runs"] > 1 else ""
        rows.append([name + runs, *(_text(experiment["cells"].get(b["name"]), interval) for b in benchmarks)])
        if values := experiment.get("published"):
            rows.append([published.LABEL, *(published.in_words(values.get(b["name"])) for b in benchmarks)])
    once = [e["name"] for e in ablation["experiments"] if e["trained"] and e["runs"] == 1]
    notes = [
        *_interval_notes(ablation, interval, bool(once)),
        "Bold is the best of its column, which at these sizes need not be better than the next.",
        f"★: differs from {baseline} at p < {SIGNIFICANCE_LEVEL} ({_test_names(ablation)}, paired by question, "
        f"Holm-adjusted over the comparisons of {'its benchmark' if family == 'benchmark' else 'the whole table'}; all "
        "are in `comparisons.csv`). ☆: the same where a side that is trained has one training run only.",
        *_unknown_notes(ablation),
        *_left_out_notes(ablation),
        *([published.note(escape(ablation["published_from"]))] if "published_from" in ablation else []),
    ]
    asked = questions.section(comparisons, titles, {b["name"]: b["title"] for b in benchmarks}, once)
    return "\n".join(
        [
            pipe_table(header, rows),
            *(fill(note, LINE_CHARACTERS, initial_indent="- ", subsequent_indent="  ") for note in notes),
            "",
            *([asked] if asked else []),
            _detectable_table(benchmarks, baseline),
        ]
    )


def _interval_notes(ablation: Ablation, interval: Interval, once: bool) -> list[str]:
    several = any(e["runs"] > 1 for e in ablation["experiments"])
    notes = [f"± {MEANING[interval]}; {ENDS_MEANING}. Intervals are of each number alone, not adjusted for the others."]
    if several:
        notes.append(
            "Of several training runs: the mean, and an interval over questions and runs; `ablation.csv` has each run."
        )
    if once:
        which = "Rows that are trained and say nothing of runs have one training run" if several else "One training run"
        notes.append(f"{which}: intervals are over questions only, and another seed may differ by more.")
    return notes


def _test_names(ablation: Ablation) -> str:
    cells = [cell for e in ablation["experiments"] for cell in e["cells"].values()]
    several = any(cell["samples"] > 1 or len(cell["runs"]) > 1 for cell in cells)
    return "exact McNemar test" + (", or score test of means over samples and runs" if several else "")


def _text(cell: Cell | None, interval: Interval) -> str:
    if cell is None:
        return ABSENT
    text = percent_with_arm(cell["accuracy"], cell[interval])
    return (bold(text) if cell["best"] else text) + (f" {cell['star']}" if cell["star"] else "")


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


def _left_out_notes(ablation: Ablation) -> list[str]:
    measured = [b["name"] for b in ablation["benchmarks"] if b["n"] is not None]
    lacking = any(name not in experiment["cells"] for experiment in ablation["experiments"] for name in measured)
    return [f"{ABSENT}: the experiment was not asked this benchmark."] if lacking else []


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
        f"Smallest true gain over {baseline} that gets a star 4 times in 5, for the median experiment (at the level of "
        f"the first of its family by Holm's procedure; {ABSENT} where there is none). A smaller difference may well be "
        "noise: it is progress "
        "only where its test says so. The closer two experiments correlate over questions, the smaller:"
    )
    return f"{fill(lead, LINE_CHARACTERS)}\n\n{table}"
