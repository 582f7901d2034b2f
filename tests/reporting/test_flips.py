"""Problems that changed between the experiments of a pair: counted by hand, with an answer of either side."""

from dataclasses import replace

import pytest

from gradus.reporting import flips
from gradus.reporting.inputs import Problem, ReportInputs, Sample
from gradus.reporting.plots.marks import marks_of

PAIR = ("direct_rl", "sft_then_rl")


def _answer(experiment: str, number: int, correct: bool | None, sample: int = 0, run: str = "") -> Sample:
    about = {"run": run or experiment, "id": f"m/{number}", "sample": sample, "tokens": 3, "finish_reason": "stop"}
    text = f"{experiment} on {number}, sample {sample}: {'right' if correct else 'wrong'}"
    return Sample(**about, text=text, answer="7" if correct else None, correct=correct)


def _problems(n: int) -> list[Problem]:
    return [Problem(id=f"m/{i}", problem=f"Question {i}?", answer="7", level=1 + i, subject=None) for i in range(n)]


def _with(inputs: ReportInputs, before: str, after: str) -> ReportInputs:
    """One answer each: `1` right, `0` wrong, `?` undecided by the grader."""
    marks = {"1": True, "0": False, "?": None}
    samples = {
        (experiment, "math500"): [_answer(experiment, i, marks[mark]) for i, mark in enumerate(answers)]
        for experiment, answers in zip(PAIR, (before, after))
    }
    return replace(inputs, samples=samples, problems={"math500": _problems(len(before))})


def test_every_problem_is_in_one_list(inputs: ReportInputs) -> None:
    found = flips.flips_of(_with(inputs, "1100?", "10101"), *PAIR, "math500")
    assert found.both == ["m/0"]
    assert found.lost == ["m/1"]
    assert found.gained == ["m/2", "m/4"]  # what could not be judged is not right
    assert found.neither == ["m/3"]
    assert (found.undecided, found.changed) == ([], 3)


def test_of_several_answers_more_than_half_have_to_be_right(inputs: ReportInputs) -> None:
    """Two runs with two samples before, one run with three after."""
    before = {0: [True, True, True, False], 1: [True, False, True, False], 2: [False, False, False, True]}
    after = {0: [False, False, True], 1: [True, True, True], 2: [True, True, False]}
    first = [
        _answer(PAIR[0], n, mark, i % 2, run=("direct_rl", "direct_rl.seed-1")[i // 2])
        for n, marks in before.items()
        for i, mark in enumerate(marks)
    ]
    second = [_answer(PAIR[1], n, mark, i) for n, marks in after.items() for i, mark in enumerate(marks)]
    samples = {(PAIR[0], "math500"): first, (PAIR[1], "math500"): second}
    made = replace(inputs, samples=samples, problems={"math500": _problems(3)})
    found = flips.flips_of(made, *PAIR, "math500")
    assert (found.lost, found.gained, found.undecided) == (["m/0"], ["m/2"], ["m/1"])
    section = flips.section(made, marks_of(made))
    assert section is not None
    assert (section["several"], section["undecided"]) == (True, True)
    [lost] = [group for group in section["pairs"][0]["groups"] if group["direction"] == "lost"]
    # the first answer that is as most of them are
    assert lost["examples"][0]["before"]["right"] == "3 of 4 right"
    assert lost["examples"][0]["after"]["right"] == "1 of 3 right"
    assert lost["examples"][0]["after"]["text"] == "sft_then_rl on 0, sample 0: wrong"


def test_the_page_shows_what_both_wrote(inputs: ReportInputs) -> None:
    made = _with(inputs, "1100", "1010")
    section = flips.section(made, marks_of(made))
    assert section is not None
    [pair] = section["pairs"]
    assert (pair["a"].name, pair["b"].name) == PAIR
    assert pair["cells"][0] is not None
    assert (pair["cells"][0]["gained"], pair["cells"][0]["lost"]) == ("1", "1")
    assert pair["cells"][0]["tip"].endswith("Both right: 1, both wrong: 1")
    assert pair["cells"][1] is None  # the other benchmark was not sampled
    gained = pair["groups"][0]
    assert (gained["title"], gained["direction"], gained["all"]) == ("MATH-500", "gained", True)
    example = gained["examples"][0]
    assert (example["about"], example["reference"]) == ("m/2 · level 3", "7")
    assert example["before"] == {
        **{"title": "Direct RL (GRPO v1)", "right": "wrong", "answer": "no answer"},
        "text": "direct_rl on 2, sample 0: wrong",
    }
    assert (example["after"]["right"], example["after"]["answer"]) == ("right", "7")
    assert not section["several"]


def test_texts_keep_within_their_budget_and_say_how_many_are_shown(inputs: ReportInputs) -> None:
    made = _with(inputs, "0" * 60, "1" * 60)
    whole = flips.section(made, marks_of(made))
    assert whole is not None
    assert (whole["limit"], whole["pairs"][0]["shown"], whole["pairs"][0]["total"]) == (6, "6", "60")
    group = whole["pairs"][0]["groups"][0]
    assert (group["shown"], group["total"], group["all"]) == ("6", "60", False)
    assert group["ids"].endswith(" and 14 more")
    assert not {example["id"] for example in group["examples"]} & set(group["ids"].split(", "))
    few = flips.section(made, marks_of(made), budget=200)
    assert few is not None
    assert (few["limit"], len(few["pairs"][0]["groups"][0]["examples"])) == (2, 2)


@pytest.mark.parametrize("missing", PAIR)
def test_a_pair_without_samples_of_both_sides_is_left_out(inputs: ReportInputs, missing: str) -> None:
    made = _with(inputs, "10", "01")
    samples = {cell: found for cell, found in made.samples.items() if cell[0] != missing}
    assert flips.section(replace(made, samples=samples), marks_of(made)) is None


def test_pairs_of_the_fixture_are_counted_as_the_comparisons_are(inputs: ReportInputs) -> None:
    """The net of what changed is the difference in accuracy, times the questions."""
    for found in flips.all_flips(inputs):
        [row] = [r for r in inputs.comparisons if (r["a"], r["b"], r["benchmark"]) == (*PAIR, found.benchmark)]
        assert len(found.gained) - len(found.lost) == round(row["delta"] * row["n"])
