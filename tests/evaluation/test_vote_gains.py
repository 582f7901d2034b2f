"""Votes tested against greedy, one sample and plain votes, and what stands of it in votes.csv and in words."""

from collections.abc import Sequence
from math import sqrt
from pathlib import Path

import pytest
from scipy.special import stdtr

from evaluation.made_votes import counts, score
from gradus.evaluation.votes.cells import PLAIN, VotedCell, differing_weightings, weightings
from gradus.evaluation.votes.counts import CellCounts
from gradus.evaluation.votes.gains import cells_with_gains
from gradus.evaluation.votes.rows import COLUMNS, read_csv, render_csv
from gradus.evaluation.votes.words import sentences, weighting_notes
from gradus.provenance.errors import GradusError
from gradus.statistics.paired import holm

GREEDY = [1.0] * 20 + [0.0] * 20
SINGLE = [0.75] * 20 + [0.25] * 20
WON = [1.0] * 36 + [0.0] * 4
"""16 questions more than greedy, none less."""


def cell(
    maj: Sequence[float] = WON, experiment: str = "rl", benchmark: str = "aime", runs: int = 1, trained: bool = True
) -> CellCounts:
    own = [counts(f"{experiment}.{run}", GREEDY, {1: SINGLE, 16: maj}, benchmark=benchmark) for run in range(runs)]
    return CellCounts(experiment, trained, own)


def test_gains_by_hand() -> None:
    (found,) = cells_with_gains([cell()])
    one, vote = found.votes
    assert one.gains == {}
    assert (vote.value, found.greedy and found.greedy.value) == (0.9, 0.5)
    over_greedy, over_single = vote.gains["greedy"], vote.gains["single"]
    assert over_greedy.delta == pytest.approx(16 / 40)
    # 20 questions gain 1 / 4, 16 gain 3 / 4, 4 lose 1 / 4
    assert over_single.delta == pytest.approx((20 / 4 + 16 * 3 / 4 - 4 / 4) / 40)
    assert over_greedy.ci95[0] > 0
    assert over_greedy.p < 0.001
    assert vote.better


def test_holms_family_is_of_the_tests_of_a_benchmark_and_kind() -> None:
    near = [1.0] * 22 + [0.0] * 18
    weighted = {"length": {1: score(SINGLE), 16: score(near)}}
    voted = counts("sft", GREEDY, {1: SINGLE, 16: near}, weighted=weighted)
    found = cells_with_gains([cell(), CellCounts("sft", True, [voted]), cell(benchmark="math")])
    plain = [gain for own in found[:2] for vote in own.votes if vote.counting == PLAIN for gain in vote.gains.values()]
    assert [gain.p_adjusted for gain in plain] == holm([gain.p for gain in plain])
    assert len(plain) == 4
    by_length = found[1].vote(16, "length")
    assert by_length is not None
    assert by_length.gains["plain"].p_adjusted == by_length.gains["plain"].p == 1  # a family of one
    alone = list(found[2].votes[1].gains.values())
    assert [gain.p_adjusted for gain in alone] == holm([gain.p for gain in alone])


def test_better_than_one_sample_alone_is_not_better() -> None:
    """As greedy, question by question: above one sample by far, and not above what is reported anyway."""
    (found,) = cells_with_gains([cell([1.0] * 20 + [0.0] * 20)])
    vote = found.votes[1]
    assert vote.gains["greedy"].delta == 0
    assert vote.gains["greedy"].p == 1
    assert not vote.better
    (behind,) = cells_with_gains([cell([0.0] * 40)])
    assert all(gain.significant and not gain.better for gain in behind.votes[1].gains.values())
    assert not behind.votes[1].better


def test_words() -> None:
    won, level = cells_with_gains([cell(runs=3), cell([1.0] * 21 + [0.0] * 19, "sft")])
    assert sentences(won).startswith("maj@16: +40.0 points over greedy [")
    assert "], ★; +40.0 over maj@1 [" in sentences(won)
    assert sentences(won).endswith("], ★.")
    assert "+2.5 points over greedy [" in sentences(level)
    assert "], not shown to differ; " in sentences(level)
    (one,) = cells_with_gains([cell()])
    assert sentences(one).count("☆") == 2  # another training run might not gain
    (untrained,) = cells_with_gains([cell(trained=False)])
    assert sentences(untrained).count("★") == 2
    (behind,) = cells_with_gains([cell([0.0] * 40)])
    assert sentences(behind).startswith("maj@16: −50.0 points against greedy [")
    single = CellCounts("rl", True, [counts("rl", GREEDY, {1: SINGLE})])
    assert sentences(cells_with_gains([single])[0]) == ""


def test_an_interval_that_leaves_out_0_while_the_family_does_not_is_said_so() -> None:
    some = [1.0] * 27 + [0.0] * 13  # 7 more, none less
    many = [cell(some, f"e{i}") for i in range(12)]
    found = cells_with_gains(many)[0]
    # by itself: t of 39 degrees of freedom at (7 / 40) / sqrt((7 / 40) / 39)
    assert found.votes[1].gains["greedy"].p == pytest.approx(2 * stdtr(39, -sqrt(39 * 7 / 40)))
    assert "alone, not within the family" in sentences(found)


def test_several_runs_are_averaged_and_kept() -> None:
    lower = [1.0] * 28 + [0.0] * 12
    runs = [counts("rl", GREEDY, {1: SINGLE, 16: WON}), counts("rl.seed-1", SINGLE, {1: SINGLE, 16: lower}, mixed=3)]
    (found,) = cells_with_gains([CellCounts("rl", True, runs)])
    vote = found.votes[1]
    assert (found.runs, found.n, found.groups, found.mixed_groups) == (2, 40, 400, 3)
    assert vote.by_run == pytest.approx([0.9, 0.7])
    assert vote.value == pytest.approx(0.8)
    assert vote.gains["greedy"].delta == pytest.approx(0.8 - 0.5)


def test_runs_on_other_questions_are_refused() -> None:
    other = counts("rl.seed-1", GREEDY[:20], {1: SINGLE[:20], 16: WON[:20]})
    with pytest.raises(GradusError, match=r"votes of rl\.seed-1 and rl on aime are on different questions or k"):
        CellCounts("rl", True, [counts("rl", GREEDY, {1: SINGLE, 16: WON}), other])


def weighted_cells() -> list[VotedCell]:
    plain = {1: score(SINGLE), 16: score(WON)}
    # By 0.0025 points, which no table shows.
    nearly = [*WON[:-1], WON[-1] + 0.001]
    ways = {"reward": plain | {16: score(nearly)}, "length": plain | {16: score(GREEDY)}}
    own = counts("rl", GREEDY, {1: SINGLE, 16: WON}, weighted=ways)
    return cells_with_gains([CellCounts("rl", True, [own])])


def test_a_weighting_that_changes_nothing_is_named_and_left_out() -> None:
    cells = weighted_cells()
    assert weightings(cells) == ["reward", "length"]
    assert differing_weightings(cells) == ["length"]
    assert weighting_notes(cells)[-1] == (
        "Votes by reward equal one each in all digits shown and have no rows; votes.csv has them."
    )
    assert [line.split(",")[2] for line in render_csv(cells).splitlines()[1:]] == [PLAIN, "reward", "length"] * 2


def test_csv_is_read_back(tmp_path: Path) -> None:
    published = {"rl": {"aime": {"maj@16": 0.87}}}
    cells = [*weighted_cells(), *cells_with_gains([cell(benchmark="math", runs=2, trained=False)], published)]
    text = render_csv(cells)
    path = tmp_path / "votes.csv"
    path.write_text(text, encoding="utf-8")
    again = read_csv(path)
    assert render_csv(again) == text
    assert text.splitlines()[0].split(",") == list(COLUMNS)
    assert (again[1].runs, again[1].trained, again[1].single_run) == (2, False, False)
    assert again[0].votes[3].gains["greedy"].delta == pytest.approx(0.4)
    path.write_text(text.replace("rl,aime,one_each,1,", "rl,aime,one_each,many,"), encoding="utf-8")
    with pytest.raises(GradusError, match=r"votes\.csv, line 2: .*'many'"):
        read_csv(path)
    path.write_text("experiment,benchmark\n", encoding="utf-8")
    with pytest.raises(GradusError, match=r"votes\.csv: no column counting, k, maj"):
        read_csv(path)
