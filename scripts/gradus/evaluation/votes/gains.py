"""From the votes of training runs to the cells of the votes table, every vote tested against what it should beat.

Plain votes are tested against the ablation table's answer (greedy) and against one sample (maj@1), which answer two
questions: whether voting beats what is reported anyway, and whether it beats its own samples, which are drawn at
another temperature than greedy. Weighted votes are tested against plain ones of the same k. All of one experiment's
votes are on the same questions and by the same training runs, so tests are paired by both (`mean_difference`). Holm's
correction is over all tests of plain votes on a benchmark (experiments, k above 1, both references), and over all of
weighted ones likewise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gradus.evaluation.published import PublishedVotes
from gradus.evaluation.shares import mean_share
from gradus.evaluation.votes.cells import PLAIN, Gain, Reference, Vote, VotedCell
from gradus.evaluation.votes.counts import CellCounts, VoteScore, questions_of, sampled_cell
from gradus.statistics.mean_difference import mean_difference
from gradus.statistics.paired import holm


def cells_with_gains(counts: Sequence[CellCounts], published: PublishedVotes | None = None) -> list[VotedCell]:
    """The cells in their order, with tests and Holm's correction."""
    cells = [_cell(own, published or {}) for own in counts]
    for benchmark in dict.fromkeys(cell.benchmark for cell in cells):
        cells = _adjusted(cells, benchmark)
    return cells


def _cell(counts: CellCounts, published: PublishedVotes) -> VotedCell:
    first = counts.runs[0]
    known = published.get(counts.experiment, {}).get(counts.benchmark, {})
    greedy_S_N = questions_of([run["greedy"] for run in counts.runs]) if "greedy" in first else None
    votes = [
        vote
        for index, at in enumerate(first["ks"])
        for vote in _votes(counts, index, at["k"], greedy_S_N, known.get(f"maj@{at['k']}"))
    ]
    return VotedCell(
        **vars(sampled_cell(counts)),
        groups=sum(run["groups"] for run in counts.runs),
        mixed_groups=sum(run["mixed_groups"] for run in counts.runs),
        votes=votes,
    )


def _votes(
    counts: CellCounts,
    index: int,
    k: int,
    greedy_S_N: NDArray[np.float64] | None,
    published: float | None,
) -> list[Vote]:
    """The plain vote and the weighted ones of one k, at `index` of each run's ks."""
    at_S = [run["ks"][index] for run in counts.runs]

    plain_S_N = questions_of([at["maj"] for at in at_S])
    gains: dict[Reference, Gain] = {}
    if k > 1:
        if greedy_S_N is not None:
            gains["greedy"] = _gain(plain_S_N, greedy_S_N)
        single_S_N = questions_of([run["ks"][0]["maj"] for run in counts.runs])
        gains["single"] = _gain(plain_S_N, single_S_N)
    votes = [_vote(PLAIN, k, [at["maj"] for at in at_S], gains, published)]
    for name in at_S[0]["weighted"]:
        scores = [at["weighted"][name] for at in at_S]
        over_plain: dict[Reference, Gain] = {}
        if k > 1:
            over_plain["plain"] = _gain(questions_of(scores), plain_S_N)
        votes.append(_vote(name, k, scores, over_plain, None))
    return votes


def _gain(of_S_N: NDArray[np.float64], over_S_N: NDArray[np.float64]) -> Gain:
    found = mean_difference(over_S_N, of_S_N, paired_runs=True)
    p = found.p()
    return Gain(found.delta, found.interval(), p, p)


def _vote(
    counting: str, k: int, scores: Sequence[VoteScore], gains: Mapping[Reference, Gain], published: float | None
) -> Vote:
    share = mean_share(questions_of(scores))
    # Runs draw alike, so their errors do not average out.
    error = float(np.mean([score["error"] for score in scores]))
    return Vote(share.value, share.ci95, share.by_run, counting, k, error, gains, published)


def _adjusted(cells: Sequence[VotedCell], benchmark: str) -> list[VotedCell]:
    """The cells with Holm's p over the tests of `benchmark`: those of plain votes, and those of weighted ones."""
    places = [
        (c, v, reference)
        for c, cell in enumerate(cells)
        if cell.benchmark == benchmark
        for v, vote in enumerate(cell.votes)
        for reference in vote.gains
    ]
    adjusted: dict[tuple[int, int, Reference], float] = {}
    for plain in (True, False):
        family = [place for place in places if (place[2] != "plain") == plain]
        ps = holm([cells[c].votes[v].gains[reference].p for c, v, reference in family])
        adjusted |= dict(zip(family, ps, strict=True))
    return [
        replace(cell, votes=[_with_p(vote, adjusted, c, v) for v, vote in enumerate(cell.votes)])
        if cell.benchmark == benchmark
        else cell
        for c, cell in enumerate(cells)
    ]


def _with_p(vote: Vote, adjusted: Mapping[tuple[int, int, Reference], float], c: int, v: int) -> Vote:
    gains = {r: replace(gain, p_adjusted=adjusted[c, v, r]) for r, gain in vote.gains.items()}
    return replace(vote, gains=gains)
