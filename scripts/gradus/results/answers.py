"""Every answer of a study as one frame: completions, verdicts and problems, joined."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute

from gradus.evaluation.outcomes import OUTCOMES, outcome_of
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, sha256_file
from gradus.provenance.tables import read_table
from gradus.results.folder import Cell, StudyFolder

KEY = ["id", "sample"]
PROBLEM = {"level": "level", "subject": "subject", "problem": "problem", "answer": "gold"}
"""Columns of a problem set, and what they are called beside the answers."""
REPEATED = ("id", "subject", "part", "problem", "gold", "finish_reason")
"""Texts that occur again and again: kept once, as categories."""


def read_answers(
    folder: StudyFolder, experiments: set[str] | None = None, texts: bool = True, votes: bool = False
) -> pd.DataFrame:
    """One row an answer, in the order of the table, of all experiments or some. `load` describes the columns.

    texts: whether to read completions and problems, which are most of the bytes. votes: whether to read the samples for
    votes too; the column `votes` tells which they are.
    Raises GradusError for files that are missing, damaged, or not of each other.
    """
    problems = {name: _problems(folder, name, texts) for name in folder.benchmarks}
    cells = folder.cells(experiments, votes)
    tables = [_cell(folder, cell, problems[cell.benchmark], texts) for cell in cells]
    if votes:
        marks = [pa.array([cell.for_votes] * len(table)) for cell, table in zip(cells, tables)]
        tables = [table.append_column("votes", mark) for table, mark in zip(tables, marks)]
    return pa.concat_tables(tables).unify_dictionaries().to_pandas()


def _cell(folder: StudyFolder, cell: Cell, problems: pa.Table, texts: bool) -> pa.Table:
    score = folder.file(f"{cell.graded}.json")
    files = {"verdicts": folder.file(f"{cell.graded}.verdicts.parquet")}
    if cell.written:
        files["samples"] = folder.file(cell.samples)
    digests = read_json(score).get("digests", {})
    if "problems" in digests:  # votes may be on some of the problems, which are in a file of their own
        files["problems"] = _set_of(folder, cell.benchmark)
    for name, path in files.items():
        if digests.get(name) != sha256_file(path):
            raise GradusError(f"{path}: not the file that {score} was made of; remove it and build it again")
    has_parts = cell.benchmark in folder.with_parts and not cell.for_votes
    columns = [*KEY, "answer", "correct", *(["part"] if has_parts else [])]
    judged = read_table(files["verdicts"], columns, others=False)
    if cell.written:
        columns = [*KEY, *(["text"] if texts else []), "tokens", "finish_reason"]
        drawn = read_table(files["samples"], columns, others=False)
    else:
        drawn = read_table(files["verdicts"], [*KEY, "tokens", "finish_reason"], others=False)
        drawn = drawn.append_column("text", judged["answer"])
    options = compute.SetLookupOptions(value_set=problems["id"].combine_chunks())
    rows = compute.call_function("index_in", [drawn["id"]], options)
    if drawn.select(KEY) != judged.select(KEY) or rows.null_count:
        raise GradusError(f"{score}: its samples, verdicts and problems do not match; remove it and build it again")
    known = problems.take(rows)
    values = {
        "experiment": _categories([cell.run.experiment] * len(drawn), folder.experiments),
        "seed": pa.array([cell.run.seed] * len(drawn), pa.int32()),
        "benchmark": _categories([cell.benchmark] * len(drawn), folder.benchmarks),
        "id": known["id"],
        "sample": drawn["sample"],
        **{name: known[name] for name in PROBLEM.values() if name in known.column_names},
        **({"part": judged["part"] if has_parts else pa.nulls(len(drawn), pa.string())} if folder.with_parts else {}),
        **({"text": drawn["text"]} if texts else {}),
        "answer": judged["answer"],
        "correct": judged["correct"].fill_null(False),
        "outcome": _categories(_outcomes(judged, drawn), list(OUTCOMES)),
        "tokens": drawn["tokens"],
        "finish_reason": drawn["finish_reason"],
    }
    return pa.table(
        {name: column.dictionary_encode() if name in REPEATED else column for name, column in values.items()}
    )


def _set_of(folder: StudyFolder, benchmark: str) -> Path:
    return folder.file(f"problems/{folder.settings.problem_sets[benchmark]}.parquet")


def _problems(folder: StudyFolder, benchmark: str, texts: bool) -> pa.Table:
    """id, level, subject, gold and, with texts, problem, of all problems of a benchmark."""
    wanted = [name for name in PROBLEM if texts or name != "problem"]
    table = read_table(_set_of(folder, benchmark), ["id", *wanted], others=False)
    return table.rename_columns(["id", *(PROBLEM[name] for name in wanted)])


def _outcomes(judged: pa.Table, drawn: pa.Table) -> list[str]:
    answers = ((None if missing else "") for missing in judged["answer"].is_null().to_pylist())
    return list(map(outcome_of, judged["correct"].to_pylist(), answers, drawn["finish_reason"].to_pylist()))


def _categories(values: Sequence[str], known: Sequence[str]) -> pa.DictionaryArray:
    """Values as categories, in the order in which they are known to the whole study."""
    places = {name: place for place, name in enumerate(known)}
    return pa.DictionaryArray.from_arrays(pa.array([places[value] for value in values], pa.int16()), pa.array(known))
