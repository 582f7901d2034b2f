"""The stages of supervised fine-tuning with their losses, beside what was published of them."""

from typing import TypedDict

from gradus.evaluation.pipe_table import ABSENT
from gradus.evaluation.stages_table import StageLosses, loss_text, published_losses
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.marks import Mark


class LossView(TypedDict):
    """`sort` is what its column is sorted by."""

    text: str
    sort: float
    published: str


class StageView(TypedDict):
    """An experiment, over its training runs. `start`: the title of what it is trained from."""

    mark: Mark
    title: str
    stage: int
    start: str
    traces: str
    steps: int
    losses: list[LossView]


def section(inputs: ReportInputs, marks: dict[str, Mark]) -> list[StageView]:
    """In the order of the study; empty without fine-tunings."""
    titles = {row.experiment: row.title for row in inputs.stages}
    return [
        {
            "mark": marks[row.experiment],
            "title": row.title,
            "stage": row.stage,
            "start": titles.get(row.parent) or (inputs.title_of(row.parent) if row.parent else ABSENT),
            "traces": row.traces.replace(" ", ", "),
            "steps": row.steps,
            "losses": _losses(row),
        }
        for row in inputs.stages
        if not row.run
    ]


def _losses(row: StageLosses) -> list[LossView]:
    return [
        {"text": loss_text(loss), "sort": -1.0 if loss is None else loss, "published": published}
        for loss, published in zip((row.train_loss, row.eval_loss), published_losses(row), strict=True)
    ]
