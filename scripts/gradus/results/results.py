"""A finished study, as frames that are read when they are first asked for."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import pandas as pd

from gradus.evaluation import comparison_table
from gradus.provenance.errors import GradusError
from gradus.reporting.ledger import read_ledger
from gradus.results.accuracy import accuracy_by
from gradus.results.answers import read_answers
from gradus.results.flips import flips_between
from gradus.results.folder import StudyFolder, find_study
from gradus.results.metrics import read_metrics


class Results:
    """A finished study. All shares are of 1, all lengths in tokens. `folder`: where its files are."""

    def __init__(self, found: StudyFolder, votes: bool) -> None:
        self._found, self._votes = found, votes

    @property
    def folder(self) -> Path:
        return self._found.root

    @property
    def experiments(self) -> list[str]:
        """In the order of the table, as `benchmarks` are."""
        return self._found.experiments

    @property
    def benchmarks(self) -> list[str]:
        return self._found.benchmarks

    def __repr__(self) -> str:
        runs = f"{len(self.experiments)} experiments in {len(self._found.runs)} training runs"
        return f"<study {self._found.settings.study!r}: {runs}, {len(self.benchmarks)} benchmarks>"

    @cached_property
    def answers(self) -> pd.DataFrame:
        """One row an answer.

        experiment, seed (of the training run), benchmark, id (of the problem), sample (0, 1, … of one problem), level
        (0 where the publisher gives none), subject, problem, gold (the reference answer), part (only where benchmarks
        have parts; missing in others, and in samples for votes), text (the completion; on a
        benchmark by likelihood the letter of the option that was the likeliest), answer (found in it; missing where
        there is none), correct (False where the grader could not tell, as in all tables), outcome
        (`evaluation.outcomes`), tokens, finish_reason (`stop`, or `length` where the completion was cut).
        With `votes`, the samples for votes are rows too, and the column `votes` tells which they are.
        Raises GradusError for a file that is missing, damaged, or not of the same build as the others.
        """
        return read_answers(self._found, votes=self._votes)

    def without_texts(self) -> pd.DataFrame:
        """`answers` without problems and completions, for results too large for the memory."""
        return read_answers(self._found, texts=False, votes=self._votes)

    def by_level(self) -> pd.DataFrame:
        """Accuracy of every experiment on every benchmark by the problems' level: see `accuracy_by`."""
        return accuracy_by(self._marks, ["experiment", "benchmark", "level"])

    def by_subject(self) -> pd.DataFrame:
        """The same by subject."""
        return accuracy_by(self._marks, ["experiment", "benchmark", "subject"])

    def by_part(self) -> pd.DataFrame:
        """The same by the parts that benchmarks have. Raises GradusError where none has any."""
        if not self._found.with_parts:
            raise GradusError(f"{self.folder}: no benchmark has parts; set its `parts`, or ask by_level or by_subject")
        return accuracy_by(self._marks, ["experiment", "benchmark", "part"])

    @cached_property
    def _marks(self) -> pd.DataFrame:
        """The answers that are scored, with the texts where these are in memory anyway."""
        if "answers" in self.__dict__ and not self._votes:
            return self.answers
        return read_answers(self._found, texts=False)

    def flips(self, a: str, b: str, benchmarks: Sequence[str] | None = None) -> pd.DataFrame:
        """Questions that one of two experiments answers more often than the other, with an answer of each: see
        `flips_between`. Raises GradusError for a name that the study does not have.
        """
        chosen = list(benchmarks or self.benchmarks)
        self._expect("experiment", [a, b], self.experiments)
        self._expect("benchmark", chosen, self.benchmarks)
        answers = read_answers(self._found, experiments={a, b})
        return flips_between(answers[answers["benchmark"].isin(chosen)], a, b)

    def metrics(self) -> pd.DataFrame:
        """Training curves: see `read_metrics`."""
        return read_metrics(self._found)

    def comparisons(self) -> pd.DataFrame:
        """`comparisons.csv`, whose columns docs/results.md describes."""
        return pd.DataFrame(comparison_table.read_csv(self._found.file("comparisons.csv")))

    def passes(self) -> pd.DataFrame:
        """`pass_at_k.csv`, whose columns docs/results.md describes: pass@k by k, and its gap to pass@1.

        Raises GradusError where the study draws no samples for it.
        """
        if not self._found.settings.votes:
            raise GradusError(f"{self.folder}: no samples for pass@k; name experiments in `votes` of the study")
        return pd.read_csv(self._found.file("pass_at_k.csv"))

    def ledger(self) -> pd.DataFrame:
        """`ledger.csv`, whose columns docs/results.md describes: what every job took."""
        return pd.DataFrame([asdict(row) for row in read_ledger(self._found.file("ledger.csv"))])

    def _expect(self, kind: str, names: Sequence[str], known: Sequence[str]) -> None:
        if wrong := [name for name in names if name not in known]:
            raise GradusError(f"{self.folder}: no {kind} {wrong[0]!r}; there are {', '.join(known)}")


def load(place: str | Path, votes: bool = False) -> Results:
    """A finished study by its folder (`results/pocket`) or its name (`pocket`); read where it is needed.

    Names are looked for in `results/` of the working directory, then of this project. votes: whether `answers` has the
    samples for votes too, many times as many; accuracies and flips are without them.
    Raises GradusError where there is no study, or where its build is not finished.
    """
    return Results(find_study(place), votes)
