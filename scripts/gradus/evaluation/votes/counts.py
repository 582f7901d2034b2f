"""What `votes/<run>/<benchmark>.json` holds: the votes of one training run on one benchmark, question by question."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NotRequired, TypedDict, cast

import numpy as np
from numpy.typing import NDArray

from gradus.evaluation.shares import Alone, SampledCell, mean_share
from gradus.evaluation.verifiers.metrics import VerifierMetrics
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json


class VoteScore(TypedDict):
    """maj@k. `value`: the mean over questions, with its 95% interval over questions. `questions`: the expected score
    of each question. `error`: the standard error that a Monte Carlo `method` adds to the mean, 0 where exact.
    """

    value: float
    ci95: list[float]
    method: Literal["exact", "monte_carlo"]
    error: float
    questions: list[float]


class AloneScore(TypedDict):
    """The ablation table's answers to the questions with votes: greedy at `temperature` 0, or the mean of `samples`.

    `questions`: the share of each question's answers that are right.
    """

    value: float
    ci95: list[float]
    samples: int
    temperature: float
    questions: list[float]


class VotesAtK(TypedDict):
    """`maj`: one vote each. `weighted`: by weighting."""

    k: int
    maj: VoteScore
    weighted: dict[str, VoteScore]


class VoteCounts(TypedDict):
    """`samples` of each of `n` questions (`ids`), scored at every k, of which 1 is always one.

    `experiment`: the training run. `benchmark_n`: questions of the whole benchmark, more than `n` where votes are on
    some of them. `correct`: of each question how many of its samples are right. `groups`: groups of equivalent answers
    over all questions; `mixed_groups`: those with answers judged right and answers judged wrong. `verifier`: of the
    scores, where a verifier weighs votes.
    """

    experiment: str
    benchmark: str
    n: int
    benchmark_n: int
    samples: int
    ids: list[str]
    correct: list[int]
    groups: int
    mixed_groups: int
    ks: list[VotesAtK]
    greedy: NotRequired[AloneScore]
    verifier: NotRequired[VerifierMetrics]
    digests: NotRequired[dict[str, str]]


def read_vote_counts(path: str | Path) -> VoteCounts:
    """Raises GradusError where the file is torn or lacks the questions' scores."""
    counts = read_json(path)
    if "ids" not in counts:
        raise GradusError(f"{path}: no `ids`; delete the file so that its votes are counted again")
    return cast(VoteCounts, counts)


@dataclass(frozen=True)
class CellCounts:
    """The votes of an experiment's training runs on a benchmark, one structure a run, on the same questions.

    trained: whether anything is trained, so that another run would differ. Raises GradusError where the runs do not fit
    each other.
    """

    experiment: str
    trained: bool
    runs: Sequence[VoteCounts]

    def __post_init__(self) -> None:
        if not self.runs:
            raise GradusError(f"votes of {self.experiment}: no training run")
        first = self.runs[0]
        for run in self.runs[1:]:
            if run["ids"] != first["ids"] or [at["k"] for at in run["ks"]] != [at["k"] for at in first["ks"]]:
                raise GradusError(
                    f"votes of {run['experiment']} and {first['experiment']} on {first['benchmark']} are on different "
                    "questions or k; count them again"
                )

    @property
    def benchmark(self) -> str:
        return self.runs[0]["benchmark"]


def questions_of(scores: Sequence[VoteScore] | Sequence[AloneScore]) -> NDArray[np.float64]:
    """The scores of questions by training run, shape (runs, questions)."""
    return np.array([score["questions"] for score in scores], dtype=np.float64)


def sampled_cell(counts: CellCounts) -> SampledCell:
    """What the tables of votes and of pass@k tell alike."""
    first = counts.runs[0]
    return SampledCell(
        experiment=counts.experiment,
        benchmark=counts.benchmark,
        runs=len(counts.runs),
        trained=counts.trained,
        n=first["n"],
        benchmark_n=first["benchmark_n"],
        samples=first["samples"],
        greedy=_greedy_of(counts),
    )


def _greedy_of(counts: CellCounts) -> Alone | None:
    """The mean over runs of the ablation table's answers to the questions with votes."""
    if not all("greedy" in run for run in counts.runs):
        return None
    answers = [run["greedy"] for run in counts.runs]
    share = mean_share(questions_of(answers))
    return Alone(share.value, share.ci95, share.by_run, answers[0]["samples"], answers[0]["temperature"])
