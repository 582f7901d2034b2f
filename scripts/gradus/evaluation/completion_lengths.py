"""How long completions are, by what became of them: `lengths.csv`, one row an experiment, benchmark and outcome."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import fmean

import numpy as np

from gradus.evaluation import csv_rows
from gradus.evaluation.csv_rows import Record, records
from gradus.evaluation.outcomes import OUTCOMES, outcome_of
from gradus.evaluation.verdicts import Verdicts
from gradus.traces.table import length_summary

ALL = "all"
"""The row of all completions of a cell, whatever became of them."""


@dataclass(frozen=True)
class TokenLengths:
    """Tokens a completion. Quartiles and the 95th percentile are lengths of a completion (nearest rank)."""

    mean: float
    min: int
    q1: int
    median: float
    q3: int
    p95: int
    max: int


@dataclass(frozen=True)
class LengthRow:
    """The completions of a cell that have one outcome (`outcomes.OUTCOMES`), or `all`, with every sample of a question.

    at_limit: how many of them were cut at the benchmark's `max_tokens`, right ones too. tokens: None where there are no
    completions.
    """

    experiment: str
    benchmark: str
    outcome: str
    completions: int
    at_limit: int
    tokens: TokenLengths | None


NUMBERS = tuple(field.name for field in fields(TokenLengths))
COLUMNS = ("experiment", "benchmark", "outcome", "completions", "at_limit", *NUMBERS)


def length_rows(experiment: str, benchmark: str, verdicts: Verdicts) -> list[LengthRow]:
    """A row of all completions, then one of each outcome, those without completions too."""
    judged = zip(verdicts.correct, verdicts.answers, verdicts.finish_reasons)
    found: dict[str, list[int]] = {name: [] for name in OUTCOMES}
    for row, of in enumerate(judged):
        found[outcome_of(*of)].append(row)
    rows = {ALL: range(len(verdicts.ids))} | found
    return [
        LengthRow(
            experiment,
            benchmark,
            outcome,
            len(own),
            sum(verdicts.finish_reasons[row] == "length" for row in own),
            token_lengths([verdicts.tokens[row] for row in own]) if own else None,
        )
        for outcome, own in rows.items()
    ]


def token_lengths(tokens: Sequence[int]) -> TokenLengths:
    """Of at least one completion."""
    whole = length_summary(tokens)
    first, third = np.quantile(tokens, [0.25, 0.75], method="inverted_cdf")  # nearest rank, as the 95th percentile
    return TokenLengths(
        mean=fmean(tokens),
        min=min(tokens),
        q1=int(first),
        median=whole["median"],
        q3=int(third),
        p95=int(whole["p95"]),
        max=int(whole["max"]),
    )


def render_csv(rows: Iterable[LengthRow]) -> str:
    """The text of lengths.csv; the lengths of a row without completions are empty."""
    lines = []
    for row in rows:
        numbers = [None] * len(NUMBERS) if row.tokens is None else asdict(row.tokens).values()
        lines.append([row.experiment, row.benchmark, row.outcome, row.completions, row.at_limit, *numbers])
    return csv_rows.render(COLUMNS, lines)


def read_csv(path: str | Path) -> list[LengthRow]:
    """Raises GradusError where a column is missing, or holds no number where it should."""
    with records(path, COLUMNS) as lines:
        return [_row(line) for line in lines]


def _row(record: Record) -> LengthRow:
    completions = int(record["completions"])
    tokens = (
        TokenLengths(
            mean=float(record["mean"]),
            min=int(record["min"]),
            q1=int(record["q1"]),
            median=float(record["median"]),
            q3=int(record["q3"]),
            p95=int(record["p95"]),
            max=int(record["max"]),
        )
        if completions
        else None
    )
    return LengthRow(
        record["experiment"], record["benchmark"], record["outcome"], completions, int(record["at_limit"]), tokens
    )
