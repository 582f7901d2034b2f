"""The table of a verifier's scores: for each sample, the probability that it is right."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gradus.provenance.errors import GradusError
from gradus.provenance.files import replacing
from gradus.provenance.tables import REMEDY, read_table
from gradus.sampling.samples import Sample

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("sample", pa.int32(), nullable=False),
        pa.field("score", pa.float64(), nullable=False),
    ]
)


def write_scores(path: str | Path, samples: Sequence[Sample], scores: Sequence[float]) -> None:
    """Write the table whole; equal scores give equal bytes."""
    rows = [
        {"id": sample.id, "sample": sample.sample, "score": score}
        for sample, score in zip(samples, scores, strict=True)
    ]
    with replacing(path) as temporary:
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), temporary)


def read_scores(path: str | Path, samples: Sequence[Sample]) -> list[float]:
    """The scores of these samples, 0 to 1, in their order. Raises GradusError where the file is damaged, or is of other
    samples."""
    rows = read_table(path, SCHEMA.names, others=False).to_pylist()
    if [(row["id"], row["sample"]) for row in rows] != [(sample.id, sample.sample) for sample in samples]:
        raise GradusError(f"{path}: its scores are not of the samples that are voted with; {REMEDY}")
    return [row["score"] for row in rows]
