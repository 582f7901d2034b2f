"""Learning curves: every metric of training against the step, experiments laid over each other."""

from collections.abc import Callable, Sequence
from typing import TypedDict

from gradus.reporting import formats
from gradus.reporting.inputs import Metrics, ReportInputs
from gradus.reporting.line_plot import Line, LinePlot
from gradus.reporting.marks import Mark

Value = Callable[[dict[str, object]], float | None]
"""What is drawn of a row of metrics; None where the row has none."""

# A page needs no more points than it has pixels.
MOST_POINTS = 320
# Runs shorter than this are drawn as they are; longer ones get a centred mean over a tenth of the run.
SMOOTHED_FROM = 24


def _without_signal(row: dict[str, object]) -> float | None:
    without, groups = formats.finite(row.get("groups_without_signal")), formats.finite(row.get("groups"))
    return without / groups if without is not None and groups else None


def _column(name: str) -> Value:
    return lambda row: formats.finite(row.get(name))


# name of the chart, its title, the value of a row
REINFORCEMENT = (
    ("reward", "Reward", _column("reward")),
    ("held-out-reward", "Reward on held-out problems", _column("held_out_reward")),
    ("kl", "KL from the starting policy, nats", _column("kl")),
    ("entropy", "Entropy, nats a token", _column("entropy")),
    ("length", "Completion length, tokens", _column("completion_tokens")),
    ("truncated", "Truncated completions", _column("truncated")),
    ("no-answer", "Completions without an answer", _column("no_answer")),
    ("unknown", "Answers that the grader cannot judge", _column("unknown")),
    ("without-signal", "Groups without a signal", _without_signal),
    ("gradient", "Gradient norm", _column("grad_norm")),
)
SHARES = ("truncated", "no-answer", "unknown", "without-signal")


class Curves(TypedDict):
    """Plots with the runs of their legend; whether any line is smoothed, or any value of held-out data."""

    plots: list[LinePlot]
    legend: list[Mark]
    smoothed: bool
    held_out: bool


def reinforcement_plots(inputs: ReportInputs, marks: dict[str, Mark]) -> list[LinePlot]:
    """One plot a metric over all runs that have a reward; a metric that is zero throughout is left out.

    Where a run's reward has several parts, or is none of `correct`, every part has its plot after the reward's.
    """
    runs = {name: rows for name, rows in inputs.metrics.items() if any("reward" in row for row in rows)}
    parts = [(f"part-{part}", f"Reward, part: {part}", _column(f"reward_{part}")) for part in _parts(runs)]
    plots = []
    for name, title, value in (REINFORCEMENT[0], *parts, *REINFORCEMENT[1:]):
        lines = [line for run, rows in runs.items() if (line := _line(marks[run], rows, value)) is not None]
        values = [y for line in lines for y in line.y]
        if any(values):
            share = name in SHARES and max(values) <= 1
            floor = 0.0 if min(values) >= 0 else None
            plots.append(LinePlot(f"curve-{name}", title, lines, share=share, floor=floor))
    return plots


def _parts(runs: dict[str, Metrics]) -> list[str]:
    """The parts of the reward in any run, where they say more than the reward itself; `correct` first."""
    keys = {key for rows in runs.values() for row in rows for key in row if key.startswith("reward_")} - {"reward_std"}
    informative = any(
        row.get("reward") != row[key] for rows in runs.values() for row in rows for key in keys & row.keys()
    )
    if not informative:
        return []
    return sorted((key.removeprefix("reward_") for key in keys), key=lambda part: (part != "correct", part))


def loss_plots(inputs: ReportInputs, marks: dict[str, Mark]) -> list[LinePlot]:
    """The losses of supervised fine-tuning, then those of pretraining (runs that are no experiment of the study)."""
    stages = {entry["name"]: entry.get("stage") for entry in inputs.experiments}
    groups: dict[str, list[Line]] = {"sft": [], "pretraining": []}
    for run, rows in inputs.metrics.items():
        if not any("reward" in row for row in rows):
            group = groups["sft" if stages.get(run) == "sft" else "pretraining"]
            trained = _line(marks[run], rows, _column("loss"))
            held_out = _line(marks[run], rows, _column("held_out_loss"), note="held out")
            group += [line for line in (trained, held_out) if line is not None]
    titles = {"sft": "Supervised fine-tuning: loss, nats a token", "pretraining": "Pretraining: loss, nats a token"}
    return [LinePlot(f"loss-{name}", titles[name], lines) for name, lines in groups.items() if lines]


def section(inputs: ReportInputs, plots: list[LinePlot], marks: dict[str, Mark]) -> Curves | None:
    """The plots with the marks that their legend lists; None without plots."""
    if not plots:
        return None
    shown = {line.mark.name for plot in plots for line in plot.lines}
    return {
        "plots": plots,
        "legend": [mark for name, mark in marks.items() if name in shown],
        "smoothed": any(line.faint for plot in plots for line in plot.lines),
        "held_out": any(line.style == "points" for plot in plots for line in plot.lines),
    }


def _line(mark: Mark, rows: Metrics, value: Value, note: str = "") -> Line | None:
    found = [
        (step, y)
        for row in rows
        if (step := formats.finite(row.get("step"))) is not None and (y := value(row)) is not None
    ]
    if not found:
        return None
    # measured at some steps only: draw the points
    if note or len(found) < len(rows) / 2:
        return Line(mark, *_columns(found), style="points", note=note)
    found = thinned(found)
    if len(found) < SMOOTHED_FROM:
        return Line(mark, *_columns(found))
    xs, ys = _columns(found)
    return Line(mark, xs, smoothed(ys, max(3, len(ys) // 10 | 1)), faint=ys)


def _columns(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most MOST_POINTS points: means over equal runs of neighbours."""
    size = -(-len(points) // MOST_POINTS)
    if size == 1:
        return list(points)
    blocks = [points[start : start + size] for start in range(0, len(points), size)]
    return [(sum(x for x, _ in block) / len(block), sum(y for _, y in block) / len(block)) for block in blocks]


def smoothed(values: Sequence[float], window: int) -> list[float]:
    """At each place the least-squares line through the `window` (odd) nearest values.

    Inside, that is their mean. At the ends, where the window is one-sided, a mean would lag behind a steep curve.
    """
    window = min(window, len(values))
    found = []
    for i in range(len(values)):
        start = min(max(0, i - window // 2), len(values) - window)
        near = values[start : start + window]
        mean, middle = sum(near) / window, (window - 1) / 2
        spread = sum((j - middle) ** 2 for j in range(window))
        slope = sum((j - middle) * (y - mean) for j, y in enumerate(near)) / spread if spread else 0.0
        found.append(mean + slope * (i - start - middle))
    return found
