"""stages.csv and stages.md: the losses of every supervised fine-tuning, and where it is on the way from the model."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from statistics import mean
from textwrap import fill
from typing import Any

from gradus.evaluation import csv_rows
from gradus.evaluation.csv_rows import Record, records
from gradus.evaluation.pipe_table import ABSENT, LINE_CHARACTERS, bold, escape, pipe_table
from gradus.evaluation.published import LABEL
from gradus.specs.evaluation import TrainedStage

NOTE = (
    "Nats a token of the assistant's turns. Train loss: the mean over all optimizer steps, each by the weights before "
    "it, as the `train_loss` of transformers' Trainer. Eval loss: of the held-out traces, by the final weights."
)
PRETRAINED = "Stage 0 is pretraining: losses of all tokens of a text, the eval loss of its held-out documents."
HEADER = ("Experiment", "Stage", "From", "Traces", "Steps", "Train loss", "Eval loss")


@dataclass(frozen=True)
class StageLosses:
    """A row of stages.csv: an experiment over its training runs (`run` is empty), or one of several runs.

    stage: how many supervised fine-tunings there are from the model to this one, itself included; 0: a pretraining on
    a text, which is trained from scratch (`parent` is empty). Losses are nats a
    token; `eval_loss` is None where nothing is held out, the published ones where nothing is published.
    """

    experiment: str
    run: str
    title: str
    parent: str
    stage: int
    traces: str
    steps: int
    train_loss: float
    eval_loss: float | None
    published_train_loss: float | None = None
    published_eval_loss: float | None = None


COLUMNS = tuple(field.name for field in fields(StageLosses))


def stage_rows(stage: TrainedStage, metrics: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[StageLosses]:
    """The row of an experiment, the mean over its training runs, and one of each run where there are several.

    metrics: the rows of metrics.jsonl by training run.
    """
    measured = {run: _measured(metrics[run]) for run in stage.runs}
    steps, train, held_out = zip(*measured.values(), strict=True)
    known = [loss for loss in held_out if loss is not None]
    about = (stage.title, stage.parent, stage.number, " ".join(stage.traces))
    published = (stage.published.train, stage.published.eval)
    whole = (max(steps), mean(train), mean(known) if known else None)
    yield StageLosses(stage.experiment, "", *about, *whole, *published)
    if len(measured) > 1:
        yield from (StageLosses(stage.experiment, run, *about, *found) for run, found in measured.items())


def _measured(rows: Sequence[Mapping[str, Any]]) -> tuple[int, float, float | None]:
    """Steps, the mean loss over them, and the last held-out loss."""
    losses = [row["loss"] for row in rows if "loss" in row]
    held_out = [row["held_out_loss"] for row in rows if "held_out_loss" in row]
    return len(losses), mean(losses), held_out[-1] if held_out else None


def render_csv(rows: Iterable[StageLosses]) -> str:
    """The text of stages.csv."""
    return csv_rows.render(COLUMNS, map(astuple, rows))


def read_csv(path: str | Path) -> list[StageLosses]:
    """Raises GradusError where a column is missing, or holds no number where it should."""
    with records(path, COLUMNS) as lines:
        return [_read(line) for line in lines]


def _read(record: Record) -> StageLosses:
    known = {name: None if record[name] == "" else float(record[name]) for name in COLUMNS[-3:]}
    texts = {name: record[name] for name in ("experiment", "run", "title", "parent", "traces")}
    numbers = {"stage": int(record["stage"]), "steps": int(record["steps"]), "train_loss": float(record["train_loss"])}
    return StageLosses(**texts, **numbers, **known)  # ty: ignore[invalid-argument-type] names as they are above


def render_markdown(rows: Sequence[StageLosses], titles: Mapping[str, str], published_from: str = "") -> str:
    """The experiments' rows, below each what was published of it, and what the columns mean.

    titles: of models and experiments by their names.
    """
    notes = [NOTE, *([PRETRAINED] if any(row.stage == 0 for row in rows) else [])]
    if any(row.published_train_loss is not None or row.published_eval_loss is not None for row in rows):
        notes.append(
            f"{LABEL}: {escape(published_from)}. In brackets what is measured less that; what was held out there is "
            "not what is held out here."
        )
    return "\n".join([pipe_table(HEADER, list(_lines(rows, titles))), *(fill(note, LINE_CHARACTERS) for note in notes)])


def _lines(rows: Sequence[StageLosses], titles: Mapping[str, str]) -> Iterator[list[str]]:
    for row in rows:
        if not row.run:
            runs = sum(other.experiment == row.experiment and bool(other.run) for other in rows)
            name = bold(escape(row.title)) + (f" ({runs} runs)" if runs else "")
            about = [
                str(row.stage),
                escape(titles.get(row.parent, row.parent)) or ABSENT,
                escape(row.traces.replace(" ", ", ")),
            ]
            yield [name, *about, f"{row.steps:,}", loss_text(row.train_loss), loss_text(row.eval_loss)]
            beside = published_losses(row)
            if any(beside):
                yield [LABEL, "", "", "", "", *beside]


def published_losses(row: StageLosses) -> tuple[str, str]:
    """What was published of the two losses, with the measured less that in brackets: `1.5432 (−0.0120)`; else empty."""
    train = _beside(row.published_train_loss, row.train_loss)
    return train, _beside(row.published_eval_loss, row.eval_loss)


def loss_text(loss: float | None) -> str:
    return ABSENT if loss is None else f"{loss:.4f}"


def _beside(published: float | None, measured: float | None) -> str:
    if published is None:
        return ""
    less = "" if measured is None else f" ({measured - published:+.4f})".replace("-", "−")
    return loss_text(published) + less
