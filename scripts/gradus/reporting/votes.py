"""Inference-time scaling: majority voting and pass@k against the number of samples."""

from typing import Any

from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.line_plot import Line, LinePlot
from gradus.reporting.marks import Mark

# the columns of a kind of vote, and how its line is drawn
KINDS = {"maj": "line", "pass": "points"}


def plots(inputs: ReportInputs, marks: dict[str, Mark]) -> list[LinePlot]:
    """Per benchmark, maj@k and pass@k of every experiment; a benchmark with one value of k has no plot."""
    found: list[LinePlot] = []
    for benchmark in inputs.benchmarks:
        rows = [r for r in inputs.votes if r["benchmark"] == benchmark["name"] and r["experiment"] in marks]
        ks = sorted({row["k"] for row in rows})
        if len(ks) > 1:
            voters = [mark for name, mark in marks.items() if any(row["experiment"] == name for row in rows)]
            found.append(
                LinePlot(
                    f"votes-{benchmark['name']}",
                    inputs.title_of(benchmark["name"]),
                    [_line(mark, rows, kind) for mark in voters for kind in KINDS],
                    x_name="samples k",
                    share=True,
                    logarithmic=True,
                    floor=0.0,
                    ceiling=1.0,
                    x_ticks=ks,
                )
            )
    return found


def _line(mark: Mark, rows: list[dict[str, Any]], kind: str) -> Line:
    mine = sorted((row for row in rows if row["experiment"] == mark.name), key=lambda row: row["k"])
    bounded = all(row[f"{kind}_lo"] is not None and row[f"{kind}_hi"] is not None for row in mine)
    return Line(
        mark,
        [row["k"] for row in mine],
        [row[kind] for row in mine],
        low=[row[f"{kind}_lo"] for row in mine] if bounded else (),
        high=[row[f"{kind}_hi"] for row in mine] if bounded else (),
        style=KINDS[kind],
        note=f"{kind}@k",
        marked=True,
    )


def section(inputs: ReportInputs, drawn: list[LinePlot], marks: dict[str, Mark]) -> dict[str, Any] | None:
    """The plots, and a table of one row per benchmark and experiment: greedy, one sample, then maj@k and
    pass@k. None without votes.
    """
    if not inputs.votes:
        return None
    ks = sorted({row["k"] for row in inputs.votes if row["k"] > 1})
    rows = []
    for benchmark in inputs.benchmarks:
        for mark in marks.values():
            here = {
                row["k"]: row
                for row in inputs.votes
                if (row["benchmark"], row["experiment"]) == (benchmark["name"], mark.name)
            }
            if here:
                rows.append(_row(inputs, benchmark["name"], mark, here, ks))
    shown = {row["experiment"] for row in inputs.votes}
    return {
        "plots": drawn,
        "legend": [mark for name, mark in marks.items() if name in shown],
        "samples": " or ".join(f"{n:g}" for n in sorted({row["samples"] for row in inputs.votes})),
        "ks": [f"{k:g}" for k in ks],
        "rows": rows,
        "single": any(1 in row["by_k"] for row in rows),
    }


def _row(inputs: ReportInputs, benchmark: str, mark: Mark, here: dict[float, dict[str, Any]], ks: list[float]):
    entry = next((e for e in inputs.experiments if e["name"] == mark.name), None)
    greedy = entry["cells"].get(benchmark) if entry else None
    best = max(row["maj"] for row in here.values())
    any_row = next(iter(here.values()))

    def cell(k: float, kind: str) -> dict[str, Any]:
        if k not in here:
            return {"text": formats.NOTHING, "tip": "", "best": False, "sort": -1.0}
        row = here[k]
        low, high = row[f"{kind}_lo"], row[f"{kind}_hi"]
        tip = f"{kind}@{k:g}: {formats.percent(row[kind], 2)}"
        if low is not None and high is not None:
            tip += f"\n95% interval: {formats.share_interval((low, high))}"
        shown = formats.percent(row[kind])
        return {"text": shown, "tip": tip, "best": kind == "maj" and row["maj"] == best, "sort": row[kind]}

    return {
        "benchmark": inputs.title_of(benchmark),
        "mark": mark,
        "n": formats.count(any_row.get("n")),
        "greedy_sort": greedy["accuracy"] if greedy else -1.0,
        "greedy": formats.percent(greedy["accuracy"]) if greedy else formats.NOTHING,
        "by_k": set(here),
        "single": cell(1, "maj"),
        "maj": [cell(k, "maj") for k in ks],
        "pass": [cell(k, "pass") for k in ks],
    }
