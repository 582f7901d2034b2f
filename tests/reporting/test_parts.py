"""The report's accuracies by part, beside what was published of them."""

import pytest

from gradus.evaluation.parts import PartScore
from gradus.evaluation.published import beside
from gradus.reporting import levels, parts
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.marks import marks_of
from gradus.reporting.report import build_report
from gradus.reporting.words import report_text
from gradus.study.settings.published import PublishedNumber

SCORES: dict[str, PartScore] = {
    "level 1": {"n": 12, "correct": 9, "accuracy": 0.75, "ci95": [0.467, 0.911]},
    "level 2": {"n": 48, "correct": 0, "accuracy": 0.0, "ci95": [0.0, 0.074]},
}
KNOWN = PublishedNumber(low=0.2, high=0.2, correct=2, of=10)


@pytest.fixture
def made(inputs: ReportInputs) -> ReportInputs:
    """SFT has both parts of the first benchmark, and a published value of the second one; Direct RL a published one
    alone."""
    inputs.benchmarks[0]["parts"] = {"column": "level", "sizes": {"level 1": 12, "level 2": 48}}
    _, sft, direct_rl, *_ = inputs.experiments
    sft["cells"]["math500"]["parts"] = SCORES
    sft["published_parts"] = {"math500": {"level 2": beside(KNOWN, 0.0, [0.0, 0.074])}}
    direct_rl["published_parts"] = {"math500": {"level 1": beside(KNOWN, None, None)}}
    return inputs


def test_the_table_has_what_is_known_of_each_part(made: ReportInputs) -> None:
    [table] = parts.section(made, marks_of(made))
    assert (table["column"], table["columns"]) == ("level", [("level 1", "12"), ("level 2", "48")])
    rows = {mark.name: cells for mark, cells in table["rows"]}
    assert list(rows) == ["sft", "direct_rl"]
    assert [(cell["text"], cell["arm"], cell["published"]) for cell in rows["sft"]] == [
        *(("75.0%", "[46.7, 91.1]", ""), ("0.0%", "[0.0, 7.4]", "20.0%, 2 of 10 (−20.0) †")),
    ]
    assert rows["sft"][0]["tip"].splitlines()[1] == "9 right answers to 12 problems"
    assert [(cell["text"], cell["published"]) for cell in rows["direct_rl"]] == [("–", "20.0%, 2 of 10"), ("–", "")]


def test_page_and_words_have_it_once(made: ReportInputs) -> None:
    page, words = build_report(made), report_text(made)
    assert page.count('<section id="parts">') == 1
    assert "publ. 20.0%, 2 of 10" in page
    section = levels.section(made, levels.plots(made, marks_of(made)), marks_of(made))
    assert section is not None
    assert "MATH-500" not in {table["title"] for table in section["tables"]}  # which has levels alone
    assert section["plots"]
    assert "| level 1 (n=12)" in words


def test_without_parts_there_is_no_section(inputs: ReportInputs) -> None:
    assert parts.section(inputs, marks_of(inputs)) == []
    assert '<section id="parts">' not in build_report(inputs)
