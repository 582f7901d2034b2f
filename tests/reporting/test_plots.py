"""Plots as markup: well-formed, escaped, complete, the same marks everywhere."""

from xml.etree import ElementTree

import pytest

from gradus.reporting import accuracy, curves, lengths, outcomes, pairs, passes, traces, votes
from gradus.reporting.inputs import ReportInputs, Sample
from gradus.reporting.plots import svg
from gradus.reporting.plots.lines import Line, LinePlot, cursor_data, line_plot
from gradus.reporting.plots.marks import COLOURS, Mark, marks_of
from gradus.reporting.plots.shares import Bar, Part, share_plot


def test_elements_escape_what_they_hold() -> None:
    shape = svg.element("text", '<b>&"', data_tip='"><script>', x=1.25, y=None)
    assert shape == '<text data-tip="&#34;&gt;&lt;script&gt;" x="1.25">&lt;b&gt;&amp;&#34;</text>'


def test_labels_break_once_at_a_space() -> None:
    assert svg.wrapped("Baseline", 20) == ["Baseline"]
    assert svg.wrapped("GRPO local LoRA (step-50, H100)", 20) == ["GRPO local LoRA", "(step-50, H100)"]
    assert svg.wrapped("x" * 50, 20) == ["x" * 20, "x" * 19 + "…"]


def test_marks_are_the_same_for_the_same_name_and_different_otherwise(inputs: ReportInputs) -> None:
    marks = marks_of(inputs)
    assert marks["baseline"].index == 0
    assert marks["baseline"].colour == "k0"
    assert marks["student"].title == "student"
    many = [Mark(i, str(i), str(i)) for i in range(3 * COLOURS)]
    assert len({(mark.colour, mark.shape, mark.dash) for mark in many}) == len(many)
    assert [mark.colour for mark in many].count("k0") == 1


def test_every_picture_is_well_formed_and_has_a_label(inputs: ReportInputs) -> None:
    marks = marks_of(inputs)
    pictures = [plot.picture for plot in accuracy.section(inputs, marks)["plots"]]
    pictures += [plot.picture for group in pairs.section(inputs, marks)["groups"] for plot in group["plots"]]
    pictures += [plot.picture for plot in outcomes.section(inputs, marks)["plots"]]
    pictures += [plot.picture for plot in lengths.section(inputs, marks)["plots"]]
    pictures += [traces.section(inputs)["picture"]]
    plots = [*curves.reinforcement_plots(inputs, marks), *curves.loss_plots(inputs, marks)]
    plots += [*votes.plots(inputs, marks), *passes.plots(inputs, marks)]
    pictures += [line_plot(plot) for plot in plots]
    assert len(pictures) == 2 + 2 * 2 + 2 + 2 + 1 + (8 + 3 + 2 + 2)
    for picture in pictures:
        markup = picture.__html__()
        root = ElementTree.fromstring(markup)
        rows = [element for element in root.iter() if element.get("class") == "row"]
        assert root.get("role") == ("group" if rows else "img")
        assert root.get("aria-label")
        for row in rows:
            assert row.get("role") == "img"
            assert row.get("aria-label", "").replace("; ", " ") == row.get("data-tip")
        assert "nan" not in markup


def test_bars_are_shares_of_what_there_is() -> None:
    parts = [Part("kept", 3, "kept"), Part("wrong", 0, "drop0"), Part("late", 1, "drop1")]
    root = ElementTree.fromstring(share_plot([Bar("set", parts, "75%")], "label").__html__())
    bars = [e for e in root.iter("rect") if "part" in str(e.get("class"))]
    widths = [float(str(e.get("width"))) for e in bars]
    assert widths[0] == pytest.approx(3 * widths[1], rel=0.01)
    # an XML parser reads a line break in an attribute as a space
    (row,) = (e for e in root.iter("g") if e.get("class") == "row")
    assert row.get("data-tip") == "set kept: 3 (75.0%) late: 1 (25.0%)"
    assert row.get("aria-label") == "set; kept: 3 (75.0%); late: 1 (25.0%)"
    assert [e.text for e in root.iter("text")][:5] == ["0%", "25%", "50%", "75%", "100%"]


def test_outcomes_partition_the_answers() -> None:
    def sample(correct: bool | None, answer: str | None, reason: str = "stop") -> Sample:
        about = {"run": "sft", "id": "1", "sample": 0, "text": "", "tokens": 1}
        return Sample(**about, finish_reason=reason, answer=answer, correct=correct)

    assert outcomes.outcome(sample(True, "1")) == "right"
    assert outcomes.outcome(sample(True, "1", "length")) == "right"
    assert outcomes.outcome(sample(False, "2", "length")) == "truncated"
    assert outcomes.outcome(sample(False, None, "length")) == "truncated"
    assert outcomes.outcome(sample(False, None)) == "no_answer"
    assert outcomes.outcome(sample(False, "2")) == "wrong"
    assert outcomes.outcome(sample(None, "2")) == "unknown"
    # the browser knows outcomes by their first letter
    assert len({key[0] for key in outcomes.OUTCOMES}) == len(outcomes.OUTCOMES)


def test_the_cursor_reads_the_numbers_of_the_picture() -> None:
    line = Line(Mark(1, "a", "A"), [1, 2, 4], [0.5, 0.61234567, 0.7], low=[0.4, 0.5, 0.6], high=[0.6, 0.7, 0.8])
    data = cursor_data(LinePlot("name", "Title", [line], x_name="k", share=True, logarithmic=True))
    assert data["x"][:2] == [1, 4]
    assert data["lines"][0]["y"] == [0.5, 0.61235, 0.7]
    assert data["lines"][0]["high"] == [0.6, 0.7, 0.8]
