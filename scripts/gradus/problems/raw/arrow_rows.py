"""Rows of parquet and Arrow files, a batch at a time: a file may be larger than memory.

pyarrow is imported where a file is read, for planning loads this module too.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradus.provenance.errors import GradusError

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 256
"""Rows in memory at once; some published rows hold megabytes of generations."""


def parquet_rows(path: Path, column: str | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """column: of which alone the values are read, where there is such a one; None: of all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            columns = [column] if column in file.schema_arrow.names else None
            yield from _numbered(path, file.iter_batches(BATCH_ROWS, columns=columns))
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, "parquet", error) from None


def arrow_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """`datasets` saves streams; others save the file format, which begins with ARROW1."""
    import pyarrow as pa

    try:
        with pa.memory_map(str(path)) as source:
            if source.read(6) == b"ARROW1":
                reader = pa.ipc.open_file(source)
                batches = (reader.get_batch(index) for index in range(reader.num_record_batches))
            else:
                source.seek(0)
                batches = iter(pa.ipc.open_stream(source))
            yield from _numbered(path, batches)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, "Arrow", error) from None


def _numbered(path: Path, batches: "Iterable[pa.RecordBatch]") -> Iterator[tuple[str, dict[str, Any]]]:
    number = 0
    for batch in batches:
        for start in range(0, batch.num_rows, BATCH_ROWS):
            for values in batch.slice(start, BATCH_ROWS).to_pylist():
                number += 1
                yield f"{path}: row {number}", values


def _unreadable(path: Path, kind: str, error: Exception) -> GradusError:
    what = " ".join(str(error).split())
    return GradusError(f"{path}: not a whole {kind} file ({what:.120}); fetch it again, or correct `path`")
