"""pass@k against k and the gap, against values by hand."""

from pathlib import Path

import pytest

from evaluation.made_votes import GREEDY, QUESTIONS, greedy_of
from gradus.evaluation.pass_at_k import PassCurve, curve_of, pass_curve, sizes_of
from gradus.evaluation.pass_csv import COLUMNS, read_csv, render_csv
from gradus.evaluation.pass_table import render_markdown
from gradus.evaluation.shares import Share
from gradus.evaluation.votes.counts import CellCounts, VoteCounts
from gradus.evaluation.votes.scores import QuestionVotes, count_votes
from gradus.provenance.errors import GradusError
from gradus.statistics.intervals import wilson


def curve(questions: list[QuestionVotes] = QUESTIONS, benchmark: str = "aime", temperature: float = 0.7) -> PassCurve:
    greedy = greedy_of({q.id: [q.id != "q2"] for q in questions})
    votes = count_votes(questions, experiment="grpo", benchmark=benchmark, ks=[1], greedy=greedy)
    return curve_of(alone(votes), temperature)


def alone(votes: VoteCounts) -> CellCounts:
    """An experiment of one training run."""
    return CellCounts(votes["experiment"], True, [votes])


def cells(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in (lines[0], *lines[2:])]


def test_k_are_powers_of_two_all_samples_and_what_is_asked_for() -> None:
    assert sizes_of(8) == [1, 2, 4, 8]
    assert sizes_of(12, [3]) == [1, 2, 3, 4, 8, 12]
    assert sizes_of(1) == [1]


def test_pass_and_gap_by_hand() -> None:
    # 3, 1 and 0 of 4 samples are right
    one, two, four = pass_curve([[3, 1, 0]], 4, [1, 2, 4])
    assert one.value == pytest.approx((3 / 4 + 1 / 4) / 3)
    assert two.value == pytest.approx((1 + 1 / 2) / 3)
    assert four.value == pytest.approx(2 / 3)
    assert one.gap is None
    assert two.gap is not None
    assert four.gap is not None
    assert two.gap.value == pytest.approx(((1 - 3 / 4) + (1 / 2 - 1 / 4)) / 3)
    assert four.gap.value == pytest.approx((1 / 4 + 3 / 4) / 3)


def test_the_gaps_interval_is_of_paired_questions() -> None:
    """10 questions that every sample solves and 10 that none does have no gap, however far apart they are."""
    *_, eight = pass_curve([[8] * 10 + [0] * 10], 8, [1, 8])
    assert eight.gap == Share(0, wilson(0, 20), [0])
    low, high = eight.ci95
    assert high - low > 2 * eight.gap.ci95[1]
    # a question with one right sample of 8 has 7 / 8, one of 20 has it
    (at,) = pass_curve([[1] + [0] * 19], 8, [8])
    assert at.gap is not None
    assert at.gap.value == pytest.approx(7 / 8 / 20)


def test_the_seeds_table() -> None:
    """10 of 20 questions are solved by 6 of 8 samples, 8 by 5, 1 by all, 1 by none: 67.5%, 95% at 8, a gap of 27.5."""
    questions = [QuestionVotes(f"p{i}", [0] * n + [1] * (8 - n), [True] * n + [False] * (8 - n))
                 for i, n in enumerate([6] * 10 + [5] * 8 + [8, 0])]  # fmt: skip
    found = curve(questions, benchmark="gsm8k")
    header, row = cells(render_markdown([found], {"gsm8k": "GSM8K", "grpo": "GRPO"}))
    assert header == [
        *("Benchmark", "Experiment", "n", "pass@1 greedy", "pass@1 sampled (T = 0.7)", "pass@8", "Gap"),
    ]
    assert row[:3] == ["GSM8K", "GRPO", "20"]
    assert [cell.split()[0] for cell in row[3:]] == ["100.0%", "67.5%", "95.0%", "+27.5"]
    assert row[3].endswith(" [83.9, 100.0]")  # Wilson's interval of 20 of 20
    assert all(float(row[column].split("±")[1]) > 0 for column in (4, 6))


def test_experiments_on_one_benchmark_are_below_each_other() -> None:
    both = [curve(), curve(benchmark="math")]
    rows = cells(render_markdown(both + both))[1:]
    assert [row[0] for row in rows] == ["aime", "aime", "math", "math"]


def test_what_is_not_greedy_is_not_called_so() -> None:
    votes = count_votes(QUESTIONS, experiment="grpo", benchmark="aime", ks=[1], greedy=GREEDY, greedy_temperature=0.6)
    text = render_markdown([curve_of(alone(votes), 1.0)])
    assert "pass@1 alone" in text
    assert "pass@1 greedy" not in text
    assert "pass@1 sampled (T = 1)" in text


def test_published_values_are_below_the_measured_ones() -> None:
    known = {"grpo": {"aime": {"alone": 0.7, "pass@1": 0.677, "pass@4": 0.95}}}
    rows = cells(render_markdown([curve()], published=known, source="Someone"))
    # measured: 66.7% greedy, 33.3% sampled and 66.7% at 4
    assert rows[2] == ["", "published", "", "70.0% (−3.3)", "67.7% (−34.4)", "95.0% (−28.3) †", "+27.3"]


@pytest.mark.parametrize("right", [[0, 0], [3, 3]])
def test_none_and_all_right_have_no_gap_and_no_nan(right: list[int], tmp_path: Path) -> None:
    questions = [QuestionVotes(str(i), [0] * 3, [j < n for j in range(3)]) for i, n in enumerate(right)]
    text = render_csv([curve(questions)]) + render_markdown([curve(questions)])
    assert "nan" not in text.lower()
    assert cells(text)[1][-1].startswith("0.0 [0.0, ")


def test_one_sample_a_question_has_no_gap_to_show() -> None:
    single = curve([QuestionVotes("q0", [0], [True])])
    assert cells(render_markdown([single]))[0][-1] == "pass@1 sampled (T = 0.7)"
    assert [len(row) for row in cells(render_markdown([single]))] == [5, 5]
    assert [at.k for at in single.at] == [1]


def test_the_file_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "pass_at_k.csv"
    votes = count_votes(QUESTIONS, experiment="sft", benchmark="aime", ks=[3])
    curves = [curve(), curve(benchmark="math", temperature=1.0), curve_of(alone(votes), 0.7)]
    path.write_text(render_csv(curves), encoding="utf-8")
    found = read_csv(path)
    assert [(c.benchmark, c.temperature, c.greedy is None) for c in found] == [
        *(("aime", 0.7, False), ("math", 1.0, False), ("aime", 0.7, True)),
    ]
    assert [at.k for at in found[2].at] == [1, 2, 3, 4]
    assert found[0].at[0].gap is None
    assert [at.gap.value for at in found[0].at if at.gap] == pytest.approx([1 / 6, 1 / 3], rel=1e-5)
    path.write_text(",".join(COLUMNS) + "\ngrpo,aime,two\n", encoding="utf-8")
    with pytest.raises(GradusError, match=r"pass_at_k\.csv, line 2: .* made again"):
        read_csv(path)
