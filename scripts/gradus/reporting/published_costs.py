"""What trainings took here beside what was published of them: the mean over their training runs, of memory the most."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import TypedDict

from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.ledger import LedgerRow
from gradus.study.settings.published import PublishedNumber


@dataclass(frozen=True)
class Measure:
    """What of a training was published, by a key of PublishedCosts. here: the same from the ledger; 0: not known."""

    key: str
    title: str
    here: Callable[[Sequence[LedgerRow]], float]


MEASURES = (
    Measure("hours", "hours", lambda rows: mean(row.wall_seconds for row in rows) / 3600),
    Measure("gpu_hours", "GPU hours", lambda rows: mean(row.gpu_seconds for row in rows) / 3600),
    Measure("gpu_memory_gb", "GB on a GPU", lambda rows: max(row.peak_gpu_memory for row in rows) / 1e9),
    Measure("dollars", "dollars", lambda rows: mean(row.dollars for row in rows)),
)


class CostPair(TypedDict):
    title: str
    here: str
    published: str


class PublishedCostRow(TypedDict):
    """An experiment: what was published of it, each with what it took here."""

    title: str
    pairs: list[CostPair]


def rows(inputs: ReportInputs) -> list[PublishedCostRow]:
    """In the order of the study; what trained nothing here has nothing beside what was published."""
    jobs = {row.name: row for row in inputs.ledger}
    found: list[PublishedCostRow] = []
    for name, costs in inputs.published_costs.items():
        runs = [f"models/{run}" for run in inputs.runs.get(name, [name])]
        own = [jobs[run] for run in runs if run in jobs]
        pairs: list[CostPair] = []
        for measure in MEASURES:
            if published := costs.get(measure.key):
                here = measure.here(own) if own else 0.0
                shown = formats.number(here) if here else formats.NOTHING
                pairs.append({"title": measure.title, "here": shown, "published": in_words(published)})
        found.append({"title": inputs.title_of(name), "pairs": pairs})
    return found


def in_words(published: PublishedNumber) -> str:
    """As `13`, `22–24` or `13 ± 1`."""
    text = formats.number(published.low)
    if published.low < published.high:
        return f"{text}–{formats.number(published.high)}"
    return text if published.error is None else f"{text} ± {formats.number(published.error)}"
