"""Learning curves: every metric of training against the step, experiments laid over each other."""

from collections.abc import Callable, Sequence
from typing import TypedDict

from gradus.reporting import formats
from gradus.reporting.inputs import Metrics, ReportInputs
from gradus.reporting.plots.lines import Line, LinePlot
from gradus.reporting.plots.marks import Mark

Value = Callable[[dict[str, object]], float | None]
"""What is drawn of a row of metrics; None where the row has none."""

# A page needs no more points than it has pixels.
MOST_POINTS = 320
# Runs shorter than this are drawn as they are; longer ones get a centred mean over a tenth of the run.
SMOOTHED_FROM = 24
HELD_OUT = "held out"
# A run whose losses would fill less of the axis than this is drawn on an axis of its own.
LEAST_FILL = 0.15


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
    ("teacher-kl", "KL to the teacher, nats a token", _column("teacher_kl")),
    ("entropy", "Entropy, nats a token", _column("entropy")),
    ("length", "Completion length, tokens", _column("completion_tokens")),
    ("truncated", "Truncated completions", _column("truncated")),
    ("no-answer", "Completions without an answer", _column("no_answer")),
    ("unknown", "Answers that the grader cannot judge", _column("unknown")),
    ("without-signal", "Groups without a signal", _without_signal),
    ("gradient", "Gradient norm", _column("grad_norm")),
)
FROM_ZERO = ("kl", "entropy", "length", "truncated", "no-answer", "unknown", "without-signal", "gradient")
"""What cannot be negative: its axis starts at 0."""
SHARES = ("truncated", "no-answer", "unknown", "without-signal")

LOSSES = {
    "sft": ("Supervised fine-tuning", "nats a token"),
    "dpo": ("Preference optimisation", "nats a pair"),
    "pretraining": ("Pretraining", "nats a token"),
}
"""Of runs without a reward: what they are called, and what their loss is counted in."""


class Curves(TypedDict):
    """Plots with the runs of their legend; whether any line is smoothed, any value of held-out data, or any beyond its
    axis.
    """

    plots: list[LinePlot]
    legend: list[Mark]
    smoothed: bool
    held_out: bool
    clipped: bool


def reinforcement_plots(inputs: ReportInputs, marks: dict[str, Mark]) -> list[LinePlot]:
    """One plot a metric over all runs that have a reward; a metric that is zero throughout is left out.

    Where a run's reward has several parts, or is none of `correct`, every part has its plot after the reward's.
    """
    runs = {name: rows for name, rows in inputs.metrics.items() if any("reward" in row for row in rows)}
    parts = [(f"part-{part}", f"Reward, part: {part}", _column(f"reward_{part}")) for part in _parts(runs)]
    plots = []
    for name, title, value in (REINFORCEMENT[0], *parts, *REINFORCEMENT[1:]):
        lines = [
            line
            for run, rows in runs.items()
            if (line := _line(marks[run], rows, value, _seed(marks, run))) is not None
        ]
        values = [y for line in lines for y in (*line.y, *line.faint)]
        if any(values):
            share = name in SHARES and max(values) <= 1
            floor = 0.0 if min(values) >= 0 else None
            plots.append(LinePlot(f"curve-{name}", title, lines, share=share, floor=floor, from_zero=name in FROM_ZERO))
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
    """The losses of supervised fine-tuning and of preference optimisation, then those of pretraining.

    A plot of the loss in training and on held-out data, and one of the latter alone, which moves little beside the
    former; several of each where runs need different scales. The margins of preferences come last.
    """
    # Experiments that are no row of the table, such as verifiers, have their losses here too.
    stages = {name: "sft" for row in inputs.stages if row.stage for name in (row.experiment, row.run)}
    stages |= {entry["name"]: entry["stage"] for entry in inputs.experiments}
    groups: dict[str, list[list[Line]]] = {name: [] for name in LOSSES}
    for run, rows in inputs.metrics.items():
        if not any("reward" in row for row in rows):
            mark, seed = marks[run], _seed(marks, run)
            trained = _line(mark, rows, _column("loss"), seed)
            held_out = _line(mark, rows, _column("held_out_loss"), ", ".join(filter(None, (seed, HELD_OUT))), few=True)
            lines = [line for line in (trained, held_out) if line is not None]
            stage = "dpo" if any("margin" in row for row in rows) else stages.get(mark.name)
            groups[stage if stage in LOSSES else "pretraining"] += [lines] if lines else []
    plots: list[LinePlot] = []
    for name, runs in groups.items():
        of, unit = LOSSES[name]
        plots += _by_scale(f"loss-{name}", f"{of}: loss, {unit}", runs, from_zero=True)
        alone = [[line for line in run if line.style == "points"] for run in runs]
        title = f"{of}: held-out loss, {unit}"
        plots += _by_scale(f"loss-{name}-held-out", title, [lines for lines in alone if lines], from_zero=False)
    return [*plots, *_margin_plots(inputs, marks)]


def _margin_plots(inputs: ReportInputs, marks: dict[str, Mark]) -> list[LinePlot]:
    """By how much right solutions are preferred to wrong ones, in training and on held-out pairs; none without DPO."""
    lines: list[Line] = []
    for run, rows in inputs.metrics.items():
        mark, seed = marks[run], _seed(marks, run)
        trained = _line(mark, rows, _column("margin"), seed)
        held_out = _line(mark, rows, _column("held_out_margin"), ", ".join(filter(None, (seed, HELD_OUT))), few=True)
        lines += [line for line in (trained, held_out) if line is not None]
    return [LinePlot("curve-margin", "Preference optimisation: margin of a pair", lines)] if lines else []


def _by_scale(name: str, title: str, runs: list[list[Line]], *, from_zero: bool) -> list[LinePlot]:
    """One plot of all runs, or several where a run would fill less than LEAST_FILL of the axis that others need."""
    groups: list[list[Line]] = []
    for run in sorted(runs, key=_span, reverse=True):
        fitting = next((group for group in groups if _fits(run, group)), None)
        if fitting is None:
            groups.append(list(run))
        else:
            fitting += run
    several = len(groups) > 1
    plots = []
    for number, group in enumerate(groups, 1):
        whose = ", ".join(dict.fromkeys(line.mark.title for line in group))
        called = f"{title} · {whose}" if several else title
        group.sort(key=lambda line: line.mark.index)
        plots.append(
            LinePlot(f"{name}-{number}" if number > 1 else name, called, group, floor=0.0, from_zero=from_zero)
        )
    return plots


def _fits(run: list[Line], group: list[Line]) -> bool:
    """A single value has no shape that another scale could show."""
    single = all(len(line.y) == 1 for line in run)
    return single or _span(run) >= LEAST_FILL * _span([*group, *run])


def _span(lines: Sequence[Line]) -> float:
    values = [y for line in lines for y in line.y]
    return max(values) - min(values)


def section(inputs: ReportInputs, plots: list[LinePlot], marks: dict[str, Mark]) -> Curves | None:
    """The plots with the marks that their legend lists; None without plots."""
    if not plots:
        return None
    shown = {line.mark.index: line.mark for plot in plots for line in plot.lines}
    return {
        "plots": plots,
        "legend": [shown[index] for index in sorted(shown)],
        "smoothed": any(line.faint for plot in plots for line in plot.lines),
        "held_out": any(line.style == "points" for plot in plots for line in plot.lines),
        "clipped": any(plot.clipped() for plot in plots),
    }


def _seed(marks: dict[str, Mark], run: str) -> str:
    """What tells a training run from the others of its experiment: `seed-1`; nothing where it has the same name."""
    return run.removeprefix(marks[run].name).removeprefix(".")


def _line(mark: Mark, rows: Metrics, value: Value, note: str = "", *, few: bool = False) -> Line | None:
    """`few`: the values are few and far between, as those of which most rows have none."""
    found = [
        (step, y)
        for row in rows
        if (step := formats.finite(row.get("step"))) is not None and (y := value(row)) is not None
    ]
    if not found:
        return None
    # measured at some steps only: draw the points
    if few or len(found) < len(rows) / 2:
        return Line(mark, *_columns(found), style="points", note=note)
    found = thinned(found)
    if len(found) < SMOOTHED_FROM:
        return Line(mark, *_columns(found), note=note)
    xs, ys = _columns(found)
    return Line(mark, xs, smoothed(ys, max(3, len(ys) // 10 | 1)), faint=ys, note=note)


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

    Inside, that is their mean. At the ends, where the window is one-sided, a mean would lag behind a steep curve; the
    line is kept there within the values that it is drawn through, so that shares stay shares.
    """
    window = min(window, len(values))
    found = []
    for i in range(len(values)):
        start = min(max(0, i - window // 2), len(values) - window)
        near = values[start : start + window]
        mean, middle = sum(near) / window, (window - 1) / 2
        spread = sum((j - middle) ** 2 for j in range(window))
        slope = sum((j - middle) * (y - mean) for j, y in enumerate(near)) / spread if spread else 0.0
        found.append(min(max(mean + slope * (i - start - middle), min(near)), max(near)))
    return found
