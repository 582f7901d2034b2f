"""How long completions are, by what became of them: a plot a benchmark, and a table of all numbers."""

from collections.abc import Sequence
from typing import TypedDict

from gradus.evaluation.completion_lengths import ALL, LengthRow
from gradus.evaluation.outcomes import OUTCOMES
from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.boxes import Box, BoxRow, box_plot
from gradus.reporting.plots.marks import Mark
from gradus.reporting.plots.panel import Panel


class Number(TypedDict):
    """`sort` is what its column is sorted by."""

    text: str
    sort: float


class RowView(TypedDict):
    """The completions of a cell that have one outcome, or all of them."""

    benchmark: str
    mark: Mark
    outcome: str
    numbers: list[Number]


class Lengths(TypedDict):
    """`legend`: name and title of every outcome that there is. `columns`: titles of the rows' numbers."""

    plots: list[Panel]
    legend: list[tuple[str, str]]
    columns: list[str]
    rows: list[RowView]


COLUMNS = (
    "Completions",
    "Share",
    "At the limit",
    "Mean",
    "Shortest",
    "Quartile",
    "Median",
    "Quartile",
    "95%",
    "Longest",
)
TITLES = {ALL: "all", **OUTCOMES}


def section(inputs: ReportInputs, marks: dict[str, Mark]) -> Lengths | None:
    """In the order of the ablation table, without outcomes that a cell has not got; None without lengths."""
    cells: dict[tuple[str, str], list[LengthRow]] = {}
    for row in inputs.completion_lengths:
        if row.completions:
            cells.setdefault((row.experiment, row.benchmark), []).append(row)
    plots: list[Panel] = []
    views: list[RowView] = []
    seen: set[str] = set()
    for benchmark in inputs.benchmarks:
        name, title, boxes = benchmark["name"], inputs.title_of(benchmark["name"]), []
        for entry in inputs.experiments:
            if cell := cells.get((entry["name"], name)):
                mark = marks[entry["name"]]
                whole = next(row.completions for row in cell if row.outcome == ALL)
                boxes.append(_box_row(mark.title, cell))
                seen.update(row.outcome for row in cell)
                views += [_view(title, mark, row, whole) for row in cell]
        if boxes:
            plots.append(Panel(name, title, box_plot(boxes, f"Tokens a completion on {title}, by outcome")))
    if not plots:
        return None
    legend = [(key, title) for key, title in OUTCOMES.items() if key in seen]
    return {"plots": plots, "legend": legend, "columns": list(COLUMNS), "rows": views}


def _box_row(title: str, cell: Sequence[LengthRow]) -> BoxRow:
    boxes: list[Box] = []
    tip, shown = [title], formats.NOTHING
    for row in cell:
        if (tokens := row.tokens) is None:
            continue
        if row.outcome == ALL:
            shown = formats.count(tokens.median)
        else:
            boxes.append(Box(row.outcome, tokens.min, tokens.q1, tokens.median, tokens.q3, tokens.max))
        tip.append(
            f"{TITLES[row.outcome]}: {formats.count(row.completions)}, median {formats.count(tokens.median)}, "
            f"half of them {formats.count(tokens.q1)} to {formats.count(tokens.q3)}, "
            f"all {formats.count(tokens.min)} to {formats.count(tokens.max)} tokens"
        )
    return BoxRow(title, boxes, shown, "\n".join(tip))


def _view(benchmark: str, mark: Mark, row: LengthRow, whole: int) -> RowView:
    tokens, share = row.tokens, row.completions / whole
    numbers: list[Number] = [
        {"text": formats.count(row.completions), "sort": row.completions},
        {"text": formats.percent(share), "sort": share},
        {"text": formats.count(row.at_limit), "sort": row.at_limit},
    ]
    if tokens is not None:
        found = (tokens.mean, tokens.min, tokens.q1, tokens.median, tokens.q3, tokens.p95, tokens.max)
        numbers += [{"text": formats.count(number), "sort": number} for number in found]
    return {"benchmark": benchmark, "mark": mark, "outcome": TITLES[row.outcome], "numbers": numbers}
