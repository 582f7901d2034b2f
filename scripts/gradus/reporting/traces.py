"""Trace sets: how many of a teacher's completions were kept, and why the others were dropped."""

from typing import Any

from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.share_plot import Bar, Part, share_plot

STYLES = 6


def section(inputs: ReportInputs) -> dict[str, Any] | None:
    """The picture, its legend and the rows of the table; None without trace sets."""
    if not inputs.traces:
        return None
    sums: dict[str, int] = {}
    for summary in inputs.traces.values():
        for reason, amount in (summary.get("dropped") or {}).items():
            sums[reason] = sums.get(reason, 0) + amount
    reasons = [reason for reason, amount in sorted(sums.items(), key=lambda item: (-item[1], item[0])) if amount]
    styles = {reason: f"drop{min(index, STYLES - 1)}" for index, reason in enumerate(reasons)}
    bars, rows = [], []
    for name, summary in inputs.traces.items():
        dropped = summary.get("dropped") or {}
        completions, kept = summary.get("completions"), summary.get("kept")
        if completions:
            parts = [Part("kept", kept, "kept")]
            parts += [Part(_words(reason), dropped.get(reason, 0), styles[reason]) for reason in reasons]
            bars.append(Bar(name, parts, formats.percent(kept / completions, 0)))
        tokens = summary.get("tokens") or {}
        rows.append(
            {
                "name": name,
                "problems": formats.count(summary.get("problems")),
                "completions": formats.count(completions),
                "kept": formats.count(kept),
                "share": formats.percent(kept / completions) if completions else formats.NOTHING,
                "dropped": [formats.count(dropped.get(reason, 0)) for reason in reasons],
                "tokens": [formats.count(formats.finite(tokens.get(key))) for key in ("median", "p95", "max")],
            }
        )
    legend = [("kept", "kept"), *((styles[reason], _words(reason)) for reason in reasons)]
    picture = share_plot(bars, "Share of completions kept and dropped, by trace set") if bars else None
    return {"picture": picture, "legend": legend, "rows": rows, "reasons": [_words(reason) for reason in reasons]}


def _words(reason: str) -> str:
    return reason.replace("_", " ")
