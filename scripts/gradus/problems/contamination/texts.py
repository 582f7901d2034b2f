"""The texts that are compared, read in batches so that a large set is never in memory whole."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

BATCH_ROWS = 4096


class Text(NamedTuple):
    """One problem of a file: its row counts from 1, and is the line of a JSONL file."""

    row: int
    id: str
    text: str


def problem_texts(path: str | Path) -> Iterator[list[Text]]:
    """The problems of a set that `write_problems` wrote."""
    row = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH_ROWS, columns=["id", "problem"]):
            columns = batch.to_pydict()
            yield [Text(row + i, *pair) for i, pair in enumerate(zip(columns["id"], columns["problem"]), start=1)]
            row += batch.num_rows


def all_texts(path: str | Path) -> list[Text]:
    """As `problem_texts`, whole: benchmarks are small."""
    return [text for batch in problem_texts(path) for text in batch]
