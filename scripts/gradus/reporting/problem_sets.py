"""The table of a study's problem sets: what `snakemake problems` shows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradus.evaluation.pipe_table import ABSENT, escape, pipe_table

HEADER = ("Set", "Rows", "Levels", "Median", "95%", "Overlaps", "Licence", "Source", "Revision")
NOTE = """
Median and 95% are lengths of problems in characters. Overlaps are problems of a benchmark that are in a training set or
in another benchmark; – marks a set that is neither. The revision is the hub's, or the SHA-256 of a local copy.
The whole licence note of a set is in its summary.json.
"""

Summary = Mapping[str, Any]
Overlaps = Mapping[str, Mapping[str, int]]


def problems_table(summaries: Sequence[Summary], overlaps: Overlaps) -> str:
    """Markdown. `summaries` as `problems/<set>.summary.json` has them, `overlaps` as `count_overlaps` gives them."""
    by_name = {summary["set"]: summary for summary in summaries}
    return pipe_table(HEADER, [_row(summary, by_name, overlaps) for summary in summaries]) + NOTE


def count_overlaps(findings: Iterable[Mapping[str, Any]], shared: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """For each set that was compared, how many benchmark problems it shares with which other set.

    `findings` are those in training sets that are problem sets, `shared` those between benchmarks.
    """
    met: dict[str, dict[str, set[str]]] = {name: {} for name in shared["rows"]}
    for found in findings:
        met.setdefault(found["set"], {})
        for pair in found["pairs"]:
            met[pair["benchmark"]].setdefault(pair["other"], set()).add(pair["id"])
            met[pair["other"]].setdefault(pair["benchmark"], set()).add(pair["id"])
    for pair in shared["pairs"]:  # of two benchmarks each counts its own problems
        met[pair["benchmark"]].setdefault(pair["other"], set()).add(pair["id"])
        met[pair["other"]].setdefault(pair["benchmark"], set()).add(pair["other_id"])
    return {name: {other: len(problems) for other, problems in others.items()} for name, others in met.items()}


def _row(summary: Summary, by_name: Mapping[str, Summary], overlaps: Overlaps) -> list[str]:
    root = summary
    while root.get("of") in by_name:  # a subset is its source's in all but its rows
        root = by_name[root["of"]]
    hub = root.get("hub") or {}
    lengths = summary["problem_characters"]
    cells = [
        *(summary["set"], f"{summary['rows']:,}", _levels([int(level) for level in summary["levels"]])),
        *(f"{lengths['median']:,}", f"{lengths['p95']:,}", _overlaps(overlaps.get(summary["set"]))),
        *(root.get("licence", ABSENT).partition(";")[0], _source(summary, hub)),
        (hub.get("revision") or root.get("sha256") or ABSENT)[:12],
    ]
    return [escape(cell) for cell in cells]


def _source(summary: Summary, hub: Mapping[str, Any]) -> str:
    if rates := summary.get("pass_rate"):
        low, high = (f"{bound:.4g}" for bound in rates["bounds"])
        solved = f"{rates['by']} solves {low}–{high} of {rates['samples']} samples"
        return f"part of {summary['of']}: {rates['within']:,} of {rates['asked']:,} problems of which {solved}"
    if "of" in summary:
        return f"part of {summary['of']}"
    return hub.get("repo") or summary.get("path") or summary["source"]


def _levels(levels: Sequence[int]) -> str:
    """As `1–5` where they follow each other, else one by one; 0 means problems that have none."""
    known = sorted(level for level in levels if level)
    if not known:
        return ABSENT
    joined = len(known) > 2 and known == list(range(known[0], known[-1] + 1))
    text = f"{known[0]}–{known[-1]}" if joined else ", ".join(map(str, known))
    return f"{text}, none" if 0 in levels else text


def _overlaps(others: Mapping[str, int] | None) -> str:
    if others is None:
        return ABSENT
    return ", ".join(f"{count:,} with {name}" for name, count in others.items()) or "none"
