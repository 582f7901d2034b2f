"""The table of samples: what a model answered to each problem."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gradus.prompts.messages import Message
from gradus.provenance.files import replacing
from gradus.provenance.tables import read_table

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("sample", pa.int32(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("tokens", pa.int32(), nullable=False),
        pa.field("finish_reason", pa.string(), nullable=False),
        pa.field("seed", pa.int64(), nullable=False),
    ]
)

MESSAGES = pa.field("messages", pa.list_(pa.struct({"role": pa.string(), "content": pa.string()})), nullable=False)
"""A column of tables whose model was answered by an environment."""

FAMILY_SUFFIX = "_tokens"
"""Of a column for each family of domain tokens that the model has: how many of them an answer has."""


@dataclass(frozen=True)
class Sample:
    """One completion for one problem: `sample` counts from 0 within the problem, the rest is as in `Answer`.

    All samples of a table have the same families of domain tokens.
    """

    id: str
    sample: int
    text: str
    tokens: int
    finish_reason: str
    seed: int
    messages: Sequence[Message] | None = None
    domain_tokens: Mapping[str, int] = field(default_factory=dict)

    @property
    def turns(self) -> Sequence[Message]:
        """What follows the prompt."""
        return self.messages or [{"role": "assistant", "content": self.text}]

    @property
    def whole(self) -> str:
        """The text of all turns, the environment's too."""
        return "\n".join(turn["content"] for turn in self.turns)


def write_samples(path: str | Path, samples: Sequence[Sample]) -> None:
    """Write the table whole; equal samples give equal bytes."""
    schema = SCHEMA.append(MESSAGES) if any(sample.messages for sample in samples) else SCHEMA
    for family in samples[0].domain_tokens if samples else ():
        schema = schema.append(pa.field(f"{family}{FAMILY_SUFFIX}", pa.int32(), nullable=False))
    with replacing(path) as temporary:
        pq.write_table(pa.Table.from_pylist([_row(sample) for sample in samples], schema=schema), temporary)


def read_samples(path: str | Path) -> list[Sample]:
    """Read a table of samples. Raises GradusError where the file is missing, damaged or of other columns."""
    table = read_table(path, SCHEMA.names)
    names = [*SCHEMA.names, *(name for name in [MESSAGES.name] if name in table.column_names)]
    families = [name.removesuffix(FAMILY_SUFFIX) for name in table.column_names if name.endswith(FAMILY_SUFFIX)]
    counts = [table.column(f"{family}{FAMILY_SUFFIX}").to_pylist() for family in families]
    by_sample = [dict(zip(families, row, strict=True)) for row in zip(*counts, strict=True)] or [{}] * len(table)
    rows = zip(table.select(names).to_pylist(), by_sample, strict=True)
    return [Sample(**row, domain_tokens=found) for row, found in rows]


def _row(sample: Sample) -> dict[str, Any]:
    return asdict(sample) | {f"{family}{FAMILY_SUFFIX}": count for family, count in sample.domain_tokens.items()}
