"""Lengths of completions on the page: a box an outcome, a row an outcome, nothing where there is nothing."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from gradus.evaluation.completion_lengths import LengthRow, TokenLengths
from gradus.reporting import lengths
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.marks import marks_of
from gradus.reporting.report import build_report

TOKENS = TokenLengths(mean=40, min=10, q1=20, median=30, q3=60, p95=90, max=100)


def cell(experiment: str, **counts: int) -> list[LengthRow]:
    found = {"all": sum(counts.values())} | counts
    return [LengthRow(experiment, "math500", key, n, 0, TOKENS if n else None) for key, n in found.items()]


def shown(inputs: ReportInputs, rows: list[LengthRow]) -> tuple[lengths.Lengths, ElementTree.Element]:
    section = lengths.section(replace(inputs, completion_lengths=rows), marks_of(inputs))
    assert section is not None
    return section, ElementTree.fromstring(section["plots"][0].picture.__html__())


def test_every_outcome_that_there_is_has_a_box_and_a_row(inputs: ReportInputs) -> None:
    section, picture = shown(inputs, cell("baseline", right=3, wrong=1, truncated=0) + cell("sft", truncated=4))
    assert section["legend"] == [("right", "right"), ("wrong", "wrong answer"), ("truncated", "truncated")]
    assert [(row["mark"].name, row["outcome"]) for row in section["rows"]] == [
        ("baseline", "all"),
        ("baseline", "right"),
        ("baseline", "wrong answer"),
        ("sft", "all"),
        ("sft", "truncated"),
    ]
    assert [number["text"] for number in section["rows"][1]["numbers"]] == [
        *("3", "75.0%", "0", "40", "10", "20", "30", "60", "90", "100"),
    ]
    boxes = [e for e in picture.iter("rect") if "part" in str(e.get("class"))]
    assert [e.get("class") for e in boxes] == ["part right", "part wrong", "part truncated"]


def test_a_box_is_on_the_scale_of_its_axis(inputs: ReportInputs) -> None:
    _, picture = shown(inputs, cell("baseline", right=2))
    ticks = {e.text: float(str(e.get("x"))) for e in picture.iter("text") if e.get("class") == "tick"}
    (box,) = [e for e in picture.iter("rect") if e.get("class") == "part right"]
    line = next(e for e in picture.iter("line") if e.get("class") == "whisker")
    unit = (ticks["100"] - ticks["0"]) / 100
    assert float(str(box.get("x"))) == pytest.approx(ticks["0"] + 20 * unit, abs=0.1)
    assert float(str(box.get("width"))) == pytest.approx(40 * unit, abs=0.1)
    assert float(str(line.get("x2"))) == pytest.approx(ticks["100"], abs=0.1)


def test_the_page_has_the_table_and_a_benchmark_without_votes_has_lengths(inputs: ReportInputs, page: str) -> None:
    assert page.count('aria-label="Tokens a completion on ') == len(inputs.benchmarks)
    alone = build_report(replace(inputs, votes=[], completion_lengths=cell("baseline", truncated=1)))
    assert 'id="lengths"' in alone
    assert 'id="scaling"' not in alone
    assert ">nan" not in alone.lower()
