"""Parquet tables that jobs wrote, read back with an error that says what to do where they are not whole."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gradus.provenance.errors import GradusError

REMEDY = "remove the file and build it again"


def read_table(path: str | Path, columns: Sequence[str], others: bool = True) -> pa.Table:
    """The table with at least these columns; `others`: whether to read its further columns too.

    Raises GradusError where the file is missing or damaged, or lacks one of the columns.
    """
    try:
        table = pq.read_table(path, columns=None if others else list(columns))
    except (OSError, pa.ArrowInvalid) as error:
        raise GradusError(f"{path}: not a readable table ({error}); {REMEDY}") from error
    if missing := [name for name in columns if name not in table.column_names]:
        raise GradusError(f"{path}: no column {', '.join(missing)}; {REMEDY}")
    return table
