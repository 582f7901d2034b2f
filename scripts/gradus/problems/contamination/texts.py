"""The texts that are compared, read in batches so that a large set is never in memory whole.

A multiple-choice question is compared without its options, which other copies have in another order or not at all; but
with them where it is short, as many are called "Which of these is true?".
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

BATCH_ROWS = 4096

FEWEST_WORDS = 13
"""Of a question that is compared without its options: as many as the longer n-grams have."""


class Text(NamedTuple):
    """One problem of a file: its row counts from 1, and is the line of a JSONL file."""

    row: int
    id: str
    text: str


def problem_texts(path: str | Path) -> Iterator[list[Text]]:
    """The problems of a set that `write_problems` wrote."""
    row = 0
    with pq.ParquetFile(path) as file:
        there = [name for name in ("id", "problem", "question") if name in file.schema_arrow.names]
        for batch in file.iter_batches(BATCH_ROWS, columns=there):
            yield [
                Text(row + i, values["id"], _compared(values)) for i, values in enumerate(batch.to_pylist(), start=1)
            ]
            row += batch.num_rows


def _compared(values: dict[str, str]) -> str:
    question = values.get("question", "")
    return question if len(question.split()) >= FEWEST_WORDS else values["problem"]


def all_texts(path: str | Path) -> list[Text]:
    """As `problem_texts`, whole: benchmarks are small."""
    return [text for batch in problem_texts(path) for text in batch]
