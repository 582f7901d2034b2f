"""The table of samples: what a model answered to each problem."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gradus.provenance.errors import GradusError
from gradus.provenance.files import replacing

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


@dataclass(frozen=True)
class Sample:
    """One completion for one problem: `sample` counts from 0 within the problem, `text` is as in `Answer`."""

    id: str
    sample: int
    text: str
    tokens: int
    finish_reason: str
    seed: int


def write_samples(path: str | Path, samples: Sequence[Sample]) -> None:
    """Write the table whole; equal samples give equal bytes."""
    with replacing(path) as temporary:
        pq.write_table(pa.Table.from_pylist([asdict(sample) for sample in samples], schema=SCHEMA), temporary)


def read_samples(path: str | Path) -> list[Sample]:
    """Read a table of samples. Raises GradusError where the file is missing, damaged or of other columns."""
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise GradusError(f"{path}: not a readable table of samples ({error}); remove it and build it again") from error
    missing = [name for name in SCHEMA.names if name not in table.column_names]
    if missing:
        raise GradusError(f"{path}: column {missing[0]} is missing; remove the file and build it again")
    return [Sample(**row) for row in table.select(SCHEMA.names).to_pylist()]
