"""The table of a likelihood benchmark: of each option how likely a model finds it, and how long it is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gradus.provenance.files import replacing
from gradus.provenance.tables import read_table

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("option", pa.int32(), nullable=False),
        pa.field("logprob", pa.float64(), nullable=False),
        pa.field("tokens", pa.int32(), nullable=False),
        pa.field("characters", pa.int32(), nullable=False),
        pa.field("bytes", pa.int32(), nullable=False),
        pa.field("cut", pa.bool_(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class OptionLikelihood:
    """One option of a problem.

    option: its place, from 0. logprob: in nats, the sum over its tokens. tokens: with the space before the option;
    characters, bytes (of UTF-8): without. cut: whether the text before it was cut at its beginning, as it was longer
    than the model's positions.
    """

    id: str
    option: int
    logprob: float
    tokens: int
    characters: int
    bytes: int
    cut: bool


def write_likelihoods(path: str | Path, rows: Sequence[OptionLikelihood]) -> None:
    """Write the table whole; equal rows give equal bytes."""
    with replacing(path) as temporary:
        pq.write_table(pa.Table.from_pylist([asdict(row) for row in rows], schema=SCHEMA), temporary)


def read_likelihoods(path: str | Path) -> list[OptionLikelihood]:
    """All rows in their order. Raises GradusError where the file is damaged."""
    return [OptionLikelihood(**row) for row in read_table(path, SCHEMA.names, others=False).to_pylist()]


def by_problem(rows: Sequence[OptionLikelihood]) -> dict[str, list[OptionLikelihood]]:
    """The options of each problem in their order, by its id."""
    found: dict[str, list[OptionLikelihood]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row)
    return found
