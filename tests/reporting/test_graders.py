"""Other graders' verdicts on the page: what agrees, what an accuracy would be, and which answers it is about."""

from dataclasses import replace
from html import escape
from itertools import pairwise

from gradus.evaluation.second_opinion import GRADERS
from gradus.reporting import graders
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.marks import marks_of
from gradus.reporting.report import build_report
from reporting.test_page import HOSTILE, Elements


def section(inputs: ReportInputs):
    return graders.section(inputs, marks_of(inputs))


def test_every_grader_has_a_title() -> None:
    assert list(graders.TITLES) == ["gradus", *GRADERS]


def test_the_tables_say_what_the_file_says(inputs: ReportInputs, page: str) -> None:
    shown = section(inputs)
    [math500] = [each for each in inputs.second_opinion if each["benchmark"] == "math500"]
    assert math500["covered"] < math500["completions"]
    assert not shown["whole"]
    verify = shown["graders"][0]
    agreement = math500["graders"]["math_verify"]["agreement"]
    assert 0.5 < agreement < 1
    assert verify["title"] == "math-verify"
    assert verify["cells"][0]["agreement"] == f"{100 * agreement:.1f}%"
    assert "cannot judge" in verify["cells"][0]["tip"]
    shifts = [row["math_verify"] - row["gradus"] for row in math500["accuracy"].values()]
    assert verify["cells"][0]["shift"] == f"−{-100 * min(shifts):.1f}"
    assert shown["graders"][-1]["cells"][0]["agreement"] == "100.0%"
    assert len(shown["accuracies"]) == len(inputs.experiments) * len(inputs.benchmarks)
    found, judged = (sum(each[key] for each in inputs.second_opinion) for key in ("found_alike", "covered"))
    assert 0 < found < judged
    assert f"In {100 * found / judged:.1f}% of those judged the last number is that of the answer" in page
    assert "Accuracy of every experiment by grader" in page
    assert f"{len(shown['disagreements'])} disagreements, the most frequent first" in page


def test_an_answer_that_was_not_found_is_said_to_be_none(inputs: ReportInputs) -> None:
    [first, *rest] = inputs.second_opinion
    empty = {**first, "disagreements": [{**row, "answer": ""} for row in first["disagreements"]]}
    page = build_report(replace(inputs, second_opinion=[empty, *rest]))
    assert "no answer</th>" in page
    assert "<code></code></th>" not in page


def test_disagreements_come_the_most_frequent_first(inputs: ReportInputs) -> None:
    rows = section(inputs)["disagreements"]
    assert rows
    assert all(int(a["completions"]) >= int(b["completions"]) for a, b in pairwise(rows))
    assert {row["grader"] for row in rows} == {"math-verify"}
    assert all(row["reference"] == row["answer"] and row["answer"][-1] in "79" for row in rows)


def test_answers_stay_text_and_are_not_all_shown(inputs: ReportInputs, page: str) -> None:
    row = {"grader": "exact", "completions": 1, "gradus": "right", "other": "wrong"}
    row |= {"gold": HOSTILE, "answer": HOSTILE, "ending": HOSTILE}
    rows = [{**row, "completions": 1000 - i} for i in range(300)]
    hostile = build_report(
        replace(
            inputs, second_opinion=[{**inputs.second_opinion[0], "disagreements": rows}, *inputs.second_opinion[1:]]
        )
    )
    assert Elements(hostile).names() == Elements(page).names()
    assert hostile.count("<script") == page.count("<script")
    assert escape("<img src=x onerror=", quote=False) in hostile
    assert "more in second_opinion.csv" in hostile


def test_nothing_judged_is_no_section(inputs: ReportInputs) -> None:
    none = [{**each, "covered": 0} for each in inputs.second_opinion]
    assert section(replace(inputs, second_opinion=none)) is None
