"""How much each experiment uses domain tokens in its answers."""

from typing import TypedDict

from gradus.evaluation.pipe_table import percent
from gradus.evaluation.token_use import TokenUse, use_rows
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.marks import Mark


class UseView(TypedDict):
    """Tokens of one family in an experiment's answers to a benchmark."""

    mark: Mark
    title: str
    benchmark: str
    family: str
    responses: int
    tokens: int
    mean: str
    share: str
    sort_mean: float
    sort_share: float


def token_uses(inputs: ReportInputs) -> list[TokenUse]:
    """In the order of the ablation table; empty where no model has domain tokens."""
    runs = {entry["name"]: inputs.runs_of(entry["name"]) for entry in inputs.experiments}
    return list(use_rows(inputs.evals, runs, [column["name"] for column in inputs.benchmarks]))


def section(inputs: ReportInputs, marks: dict[str, Mark]) -> list[UseView]:
    return [
        {
            "mark": marks[row.experiment],
            "title": inputs.title_of(row.experiment),
            "benchmark": inputs.title_of(row.benchmark),
            "family": row.family,
            "responses": row.responses,
            "tokens": row.tokens,
            "mean": f"{row.mean:.2f}",
            "share": percent(row.share),
            "sort_mean": row.mean,
            "sort_share": row.share,
        }
        for row in token_uses(inputs)
    ]
