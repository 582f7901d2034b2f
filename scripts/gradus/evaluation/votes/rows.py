"""votes.csv: one row for each experiment, benchmark, way of counting votes and k."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

from gradus.evaluation.share_fields import (
    CELL_COLUMNS,
    Record,
    cell_fields,
    read_cell,
    read_cells,
    read_share,
    share_fields,
)
from gradus.evaluation.votes.cells import Gain, Reference, Vote, VotedCell

REFERENCES: tuple[Reference, ...] = ("greedy", "single", "plain")
GAIN_PARTS = ("", "_lo", "_hi", "_p", "_p_adjusted")
COLUMNS = (
    *("experiment", "benchmark", "counting", "k"),
    *("maj", "maj_lo", "maj_hi", "maj_error", "maj_by_run", "maj_published"),
    *(f"over_{name}{part}" for name in REFERENCES for part in GAIN_PARTS),
    *(*CELL_COLUMNS, "groups", "mixed_groups"),
)
"""docs/results.md says what they hold."""


def render_csv(cells: Iterable[VotedCell]) -> str:
    """Six significant digits, lines end in a newline alone."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for cell in cells:
        about = cell_fields(cell) | {"groups": cell.groups, "mixed_groups": cell.mixed_groups}
        writer.writerows({**about, **_fields(vote)} for vote in cell.votes)
    return text.getvalue()


def read_csv(path: str | Path) -> list[VotedCell]:
    """Raises GradusError where a column is missing, or holds no number where it should."""
    return read_cells(path, COLUMNS, _vote, _cell)


def _fields(vote: Vote) -> dict[str, str | int]:
    fields: dict[str, str | int] = {"counting": vote.counting, "k": vote.k, **share_fields("maj", vote)}
    fields["maj_error"] = f"{vote.error:.6g}"
    if vote.published is not None:
        fields["maj_published"] = f"{vote.published:.6g}"
    for name, gain in vote.gains.items():
        numbers = (gain.delta, *gain.ci95, gain.p, gain.p_adjusted)
        fields |= {column: f"{number:.6g}" for column, number in zip(_gain_columns(name), numbers, strict=True)}
    return fields


def _gain_columns(name: str) -> tuple[str, ...]:
    return tuple(f"over_{name}{part}" for part in GAIN_PARTS)


def _vote(record: Record) -> Vote:
    gains: dict[Reference, Gain] = {}
    for name in REFERENCES:
        if record[f"over_{name}"]:
            delta, low, high, p, adjusted = (float(record[column]) for column in _gain_columns(name))
            gains[name] = Gain(delta, (low, high), p, adjusted)
    share, published = read_share(record, "maj"), record["maj_published"]
    return Vote(
        *(share.value, share.ci95, share.by_run),
        counting=record["counting"],
        k=int(record["k"]),
        error=float(record["maj_error"]),
        gains=gains,
        published=float(published) if published else None,
    )


def _cell(record: Record, votes: Sequence[Vote]) -> VotedCell:
    groups, mixed = int(record["groups"]), int(record["mixed_groups"])
    return VotedCell(**vars(read_cell(record)), groups=groups, mixed_groups=mixed, votes=votes)
