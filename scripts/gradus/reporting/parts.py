"""Accuracy by the parts of benchmarks, beside what was published of them."""

from typing import TypedDict

from gradus.evaluation.ablation_table import Parts, Row
from gradus.evaluation.parts import PartScore
from gradus.evaluation.pipe_table import arm_or_ends
from gradus.evaluation.published import in_words
from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.marks import Mark
from gradus.reporting.results import published_tip


class PartCell(TypedDict):
    """An experiment on a part; `sort` is what its column is sorted by, `text` a dash where nothing is measured."""

    text: str
    arm: str
    sort: float
    published: str
    tip: str
    best: bool


class PartTable(TypedDict):
    """A benchmark. columns: its parts with their numbers of problems. published: whether any row has such a value."""

    title: str
    column: str
    columns: list[tuple[str, str]]
    rows: list[tuple[Mark, list[PartCell]]]
    published: bool


def section(inputs: ReportInputs, marks: dict[str, Mark]) -> list[PartTable]:
    """A table for each benchmark with parts, in their order."""
    return [_table(inputs, marks, column["name"], column["parts"]) for column in inputs.benchmarks if "parts" in column]


def _table(inputs: ReportInputs, marks: dict[str, Mark], benchmark: str, parts: Parts) -> PartTable:
    rows = [
        (marks[entry["name"]], [_cell(inputs, entry, benchmark, part) for part in parts["sizes"]])
        for entry in inputs.experiments
        if _scores(entry, benchmark) or benchmark in entry.get("published_parts", {})
    ]
    return {
        "title": inputs.title_of(benchmark),
        "column": parts["column"],
        "columns": [(part, formats.count(size)) for part, size in parts["sizes"].items()],
        "rows": rows,
        "published": any(cell["published"] for _, cells in rows for cell in cells),
    }


def _scores(entry: Row, benchmark: str) -> dict[str, PartScore]:
    cell = entry["cells"].get(benchmark)
    return cell.get("parts", {}) if cell else {}


def _cell(inputs: ReportInputs, entry: Row, benchmark: str, part: str) -> PartCell:
    score = _scores(entry, benchmark).get(part)
    known = entry.get("published_parts", {}).get(benchmark, {}).get(part)
    tip = [f"{inputs.title_of(entry['name'])} on {part}", *_counted(score), *([published_tip(known)] if known else [])]
    return {
        "text": formats.percent(score["accuracy"]) if score else "–",
        "arm": arm_or_ends(score["accuracy"], score["ci95"]) if score else "",
        "sort": score["accuracy"] if score else -1.0,
        "published": in_words(known),
        "tip": "\n".join(tip),
        "best": False,
    }


def _counted(score: PartScore | None) -> list[str]:
    if score is None:
        return ["Not measured"]
    right = f"{formats.count(score['correct'])} right answers to {formats.count(score['n'])} problems"
    return [right, f"95% interval: {formats.share_interval(score['ci95'])}"]
