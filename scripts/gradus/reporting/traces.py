"""Trace sets: which solutions were kept, why the others were dropped, and how many are too long to be trained on."""

from typing import TypedDict

from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs, Tokens, TrainedTraces
from gradus.reporting.plots.shares import Bar, Part, share_plot
from gradus.reporting.plots.svg import Picture

STYLES = 6


class SetRow(TypedDict):
    """A trace set: `dropped` in the order of the reasons, `tokens` as median, 95th percentile and maximum."""

    name: str
    problems: str
    completions: str
    kept: str
    share: str
    dropped: list[str]
    tokens: list[str]


class LengthsRow(TypedDict):
    """What an experiment trains on, in its model's tokens."""

    title: str
    traces: str
    median: str
    p95: str
    max: str
    max_length: str
    cut: str


class Traces(TypedDict):
    """`legend`: style and meaning of the parts of the picture."""

    picture: Picture | None
    legend: list[tuple[str, str]]
    rows: list[SetRow]
    reasons: list[str]
    lengths: list[LengthsRow]
    warnings: list[str]


def section(inputs: ReportInputs) -> Traces | None:
    """The picture, its legend and the rows of the table; None without trace sets."""
    if not inputs.traces:
        return None
    sums: dict[str, int] = {}
    for summary in inputs.traces.values():
        for reason, amount in (summary.get("dropped") or {}).items():
            sums[reason] = sums.get(reason, 0) + amount
    reasons = [reason for reason, amount in sorted(sums.items(), key=lambda item: (-item[1], item[0])) if amount]
    styles = {reason: f"drop{min(index, STYLES - 1)}" for index, reason in enumerate(reasons)}
    bars: list[Bar] = []
    rows: list[SetRow] = []
    for name, summary in inputs.traces.items():
        dropped = summary.get("dropped") or {}
        completions, kept = summary.get("completions"), summary.get("kept")
        if completions and kept is not None:
            parts = [Part("kept", kept, "kept")]
            parts += [Part(_words(reason), dropped.get(reason, 0), styles[reason]) for reason in reasons]
            bars.append(Bar(name, parts, formats.percent(kept / completions, 0)))
        tokens = summary.get("tokens")
        rows.append(
            {
                "name": name,
                "problems": formats.count(summary.get("problems")),
                "completions": formats.count(completions),
                "kept": formats.count(kept),
                "share": formats.percent(kept / completions) if completions and kept is not None else formats.NOTHING,
                "dropped": [formats.count(dropped.get(reason, 0)) for reason in reasons],
                "tokens": _tokens(tokens) if tokens else [formats.NOTHING] * 3,
            }
        )
    legend = [("kept", "kept"), *((styles[reason], _words(reason)) for reason in reasons)]
    picture = share_plot(bars, "Share of completions kept and dropped, by trace set") if bars else None
    return {
        "picture": picture,
        "legend": legend,
        "rows": rows,
        "reasons": [_words(reason) for reason in reasons],
        "lengths": _lengths(inputs),
        "warnings": _warnings(inputs),
    }


def _tokens(tokens: Tokens) -> list[str]:
    return [formats.count(tokens["median"]), formats.count(tokens["p95"]), formats.count(tokens["max"])]


def _lengths(inputs: ReportInputs) -> list[LengthsRow]:
    """Per experiment that trains on traces: their tokens as its model reads them, question included."""
    rows: list[LengthsRow] = []
    for name, lengths in inputs.lengths.items():
        whole = lengths["all"]
        median, p95, longest = _tokens(whole["tokens"])
        rows.append(
            {
                "title": inputs.title_of(name),
                "traces": formats.count(whole["rows"]),
                "median": median,
                "p95": p95,
                "max": longest,
                "max_length": formats.count(lengths["max_length"]),
                "cut": _cut(whole),
            }
        )
    return rows


def _cut(traces: TrainedTraces) -> str:
    return f"{formats.count(traces['cut'])} ({formats.percent(traces['cut_share'])})" if traces["cut"] else "none"


def _warnings(inputs: ReportInputs) -> list[str]:
    return [warning for lengths in inputs.lengths.values() if (warning := lengths.get("warning"))]


def _words(reason: str) -> str:
    return reason.replace("_", " ")
