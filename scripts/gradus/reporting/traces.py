"""Trace sets: which solutions were kept, why the others were dropped, and how many are too long to be trained on."""

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
    found = {"picture": picture, "legend": legend, "rows": rows, "reasons": [_words(reason) for reason in reasons]}
    return found | {"lengths": _lengths(inputs), "warnings": _warnings(inputs)}


def _lengths(inputs: ReportInputs) -> list[dict[str, str]]:
    """Per experiment that trains on traces: their tokens as its model reads them, question included."""
    rows = []
    for name, figures in inputs.lengths.items():
        whole = figures["all"]
        tokens = {key: formats.count(formats.finite(whole["tokens"][key])) for key in ("median", "p95", "max")}
        cut = f"{formats.count(whole['cut'])} ({formats.percent(whole['cut_share'])})" if whole["cut"] else "none"
        rows.append(
            {"title": inputs.title_of(name), "traces": formats.count(whole["rows"])}
            | tokens
            | {"max_length": formats.count(figures["max_length"]), "cut": cut}
        )
    return rows


def _warnings(inputs: ReportInputs) -> list[str]:
    return [figures["warning"] for figures in inputs.lengths.values() if figures.get("warning")]


def _words(reason: str) -> str:
    return reason.replace("_", " ")
