"""Accuracy by level and subject, counted by hand."""

from dataclasses import replace

import pytest

from gradus.reporting import levels
from gradus.reporting.inputs import Problem, ReportInputs, Sample
from gradus.reporting.plots.lines import cursor_data
from gradus.reporting.plots.marks import marks_of
from gradus.statistics.intervals import wilson


def _problem(number: int, level: int | None, subject: str | None) -> Problem:
    return Problem(id=str(number), problem="?", answer="1", level=level, subject=subject)


def _sample(run: str, number: int, correct: bool | None, sample: int = 0) -> Sample:
    about = {"run": run, "id": str(number), "sample": sample, "text": "", "tokens": 1}
    return Sample(**about, finish_reason="stop", answer="1", correct=correct)


# two problems of level 10, three of level 9; algebra has one of each
PROBLEMS = [
    *(_problem(0, 10, "algebra"), _problem(1, 9, "algebra"), _problem(2, 9, "geometry")),
    *(_problem(3, 9, "geometry"), _problem(4, 10, "geometry")),
]


@pytest.fixture
def made(inputs: ReportInputs) -> ReportInputs:
    """Direct RL in two training runs, with two samples a problem; SFT in one; the others not at all."""
    right = {"direct_rl": "11000", "direct_rl.seed-1": "11110"}
    runs = [
        _sample(run, number, mark == "1" and not (number == 1 and sample), sample)
        for run, marks in right.items()
        for number, mark in enumerate(marks)
        for sample in (0, 1)
    ]
    one = [_sample("sft", number, mark) for number, mark in enumerate((True, None, True, False, True))]
    samples = {("direct_rl", "math500"): runs, ("sft", "math500"): one}
    names = {"direct_rl": ["direct_rl", "direct_rl.seed-1"]}
    return replace(inputs, problems={"math500": PROBLEMS}, samples=samples, runs=names)


def test_levels_are_in_the_order_of_their_numbers_and_subjects_in_the_files() -> None:
    assert levels.parts_of(PROBLEMS, "level") == {"9": ["1", "2", "3"], "10": ["0", "4"]}
    assert levels.parts_of(PROBLEMS, "subject") == {"algebra": ["0", "1"], "geometry": ["2", "3", "4"]}


def test_a_benchmark_of_one_level_or_none_has_no_parts() -> None:
    assert levels.parts_of([_problem(0, 5, None), _problem(1, 5, "")], "level") == {}
    assert levels.parts_of([_problem(0, 5, None), _problem(1, 5, "")], "subject") == {}
    assert levels.parts_of([_problem(n, None, f"problem {n}") for n in range(31)], "subject") == {}


def test_shares_are_means_over_samples_a_row_a_training_run(made: ReportInputs) -> None:
    # problem 1 is right in the first sample of each run only
    assert levels.shares(made.samples["direct_rl", "math500"], ["1", "2", "3"]) == [[0.5, 0.0, 0.0], [0.5, 1.0, 1.0]]
    assert levels.shares(made.samples["sft", "math500"], ["1", "9"]) == []


def test_the_table_has_accuracy_interval_and_number_of_problems(made: ReportInputs) -> None:
    section = levels.section(made, [], marks_of(made))
    assert section is not None
    by_level, by_subject = section["tables"]
    assert (by_level["kind"], by_level["columns"]) == ("level", [("9", "3"), ("10", "2")])
    rows = {mark.name: cells for mark, cells in by_level["rows"]}
    assert list(rows) == ["sft", "direct_rl"]
    assert [cell["text"] for cell in rows["sft"] if cell] == ["33.3%", "100.0%"]
    low, high = wilson(1, 3)
    assert rows["sft"][0] is not None
    assert rows["sft"][0]["interval"] == f"{100 * low:.0f}–{100 * high:.0f}"
    # (0.5 + 0 + 0 + 0.5 + 1 + 1) / 6 and (1 + 0 + 1 + 0) / 4
    assert [cell["sort"] for cell in rows["direct_rl"] if cell] == [pytest.approx(0.5), pytest.approx(0.5)]
    assert rows["direct_rl"][0] is not None
    assert rows["direct_rl"][0]["tip"].endswith("\n2 training runs")
    subjects = {mark.name: cells for mark, cells in by_subject["rows"]}
    assert [cell["text"] for cell in subjects["sft"] if cell] == ["50.0%", "66.7%"]


def test_subjects_that_say_the_level_in_words_have_no_table(made: ReportInputs) -> None:
    words = [_problem(n, level, f"level {level}") for n, level in enumerate((10, 9, 9, 9, 10))]
    section = levels.section(replace(made, problems={"math500": words}), [], marks_of(made))
    assert section is not None
    assert [table["kind"] for table in section["tables"]] == ["level"]


def test_the_plot_has_a_line_an_experiment_and_tells_intervals_by_its_cursor(made: ReportInputs) -> None:
    [plot] = levels.plots(made, marks_of(made))
    assert [(line.mark.name, list(line.x)) for line in plot.lines] == [("sft", [9, 10]), ("direct_rl", [9, 10])]
    assert list(plot.lines[0].y) == [pytest.approx(1 / 3), 1.0]
    line = cursor_data(plot)["lines"][0]
    assert line["low"] == [pytest.approx(wilson(1, 3)[0], abs=1e-5), pytest.approx(wilson(2, 2)[0], abs=1e-5)]


def test_an_experiment_that_lacks_answers_has_no_line(made: ReportInputs) -> None:
    some = made.samples["sft", "math500"][:3]
    lacking = replace(made, samples=made.samples | {("sft", "math500"): some})
    [plot] = levels.plots(lacking, marks_of(lacking))
    assert [line.mark.name for line in plot.lines] == ["direct_rl"]
    section = levels.section(lacking, [plot], marks_of(lacking))
    assert section is not None
    assert {mark.name: cells for mark, cells in section["tables"][0]["rows"]}["sft"] == [None, None]


def test_without_samples_there_is_no_section(made: ReportInputs) -> None:
    bare = replace(made, samples={})
    assert levels.section(bare, levels.plots(bare, marks_of(bare)), marks_of(bare)) is None
