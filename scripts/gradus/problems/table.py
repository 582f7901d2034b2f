"""A problem set as a file: one parquet table, one row a problem, checked when written and when read.

The columns of OPTIONAL are there only in sets that have something in them, so that all others keep their bytes.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError
from gradus.provenance.files import replacing

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("problem", pa.string()),
        ("answer", pa.string()),
        ("level", pa.int64()),
        ("subject", pa.string()),
        ("source", pa.string()),
    ]
)

OPTIONAL = pa.schema(
    [
        ("form", pa.string()),
        ("options", pa.list_(pa.string())),
        ("question", pa.string()),
        ("context", pa.string()),
        ("cluster", pa.string()),
        ("steps", pa.list_(pa.string())),
    ]
)

LISTS = ("options", "steps")
_DEFAULTS = {field.name: field.default for field in fields(Problem)}


def write_problems(path: str | Path, problems: Sequence[Problem]) -> None:
    """Write the set whole or not at all; equal rows give equal bytes. Raises GradusError for a bad row."""
    _check(path, problems)
    used = [field for field in OPTIONAL if any(getattr(p, field.name) != _DEFAULTS[field.name] for p in problems)]
    table = pa.Table.from_pylist([asdict(problem) for problem in problems], schema=pa.schema([*SCHEMA, *used]))
    with replacing(path) as temporary:
        pq.write_table(table, temporary)


def read_problems(path: str | Path) -> list[Problem]:
    """Read a set that `write_problems` wrote. Raises GradusError naming the file, the row and the remedy."""
    try:
        table = pq.read_table(path)
    except FileNotFoundError as error:
        raise GradusError(f"{path}: no such problem set; build it first or correct the path") from error
    except pa.ArrowInvalid as error:
        raise GradusError(f"{path}: not a readable parquet file ({error}); delete it and build it again") from error
    missing = [name for name in SCHEMA.names if name not in table.column_names]
    if missing:
        raise GradusError(
            f"{path}: missing column {', '.join(missing)}; a set has {', '.join(SCHEMA.names)}: add it or rebuild"
        )
    schema = pa.schema([*SCHEMA, *(field for field in OPTIONAL if field.name in table.column_names)])
    try:
        table = table.select(schema.names).cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise GradusError(f"{path}: a column has the wrong type ({error}); rebuild the file") from error
    problems = [Problem(**row | {key: tuple(row.get(key) or ()) for key in LISTS}) for row in table.to_pylist()]
    _check(path, problems)
    return problems


def count_problems(path: str | Path) -> int:
    """How many problems a set has that `write_problems` wrote."""
    return pq.read_metadata(path).num_rows


def _check(path: str | Path, problems: Sequence[Problem]) -> None:
    if not problems:
        raise GradusError(f"{path}: the problem set is empty; check its size and its source in the study")
    first_row: dict[str, int] = {}
    for row, problem in enumerate(problems, start=1):
        nulls = [name for name in SCHEMA.names if getattr(problem, name) is None]
        if nulls:
            raise GradusError(f"{path}: row {row} has no {', '.join(nulls)}; fill it in or drop the row")
        for name in ("id", "problem", "answer"):
            if not getattr(problem, name).strip():
                raise GradusError(f"{path}: row {row} ({problem.id!r}) has an empty {name}; correct or drop the row")
        earlier = first_row.setdefault(problem.id, row)
        if earlier != row:
            raise GradusError(f"{path}: row {row} repeats the id {problem.id!r} of row {earlier}; make ids unique")
