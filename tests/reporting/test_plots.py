"""Plots as markup: well-formed, escaped, complete, the same marks everywhere."""

import math
from xml.etree import ElementTree

import pytest

from gradus.reporting import accuracy, curves, lengths, outcomes, pairs, passes, svg, traces, votes
from gradus.reporting.inputs import ReportInputs, Sample
from gradus.reporting.line_plot import Line, LinePlot, cursor_data, line_plot
from gradus.reporting.marks import COLOURS, Mark, marks_of
from gradus.reporting.share_plot import Bar, Part, share_plot


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
    pictures = [plot.picture for plot in accuracy.section(inputs, marks)]
    pictures += [plot.picture for plot in pairs.section(inputs, marks)["plots"]]
    pictures += [plot.picture for plot in outcomes.section(inputs, marks)["plots"]]
    pictures += [plot.picture for plot in lengths.section(inputs, marks)["plots"]]
    pictures += [traces.section(inputs)["picture"]]
    plots = [*curves.reinforcement_plots(inputs, marks), *curves.loss_plots(inputs, marks)]
    plots += [*votes.plots(inputs, marks), *passes.plots(inputs, marks)]
    pictures += [line_plot(plot) for plot in plots]
    assert len(pictures) == 2 + 2 + 2 + 2 + 1 + (8 + 2 + 2 + 2)
    for picture in pictures:
        markup = picture.__html__()
        root = ElementTree.fromstring(markup)
        assert root.get("role") == "img"
        assert root.get("aria-label")
        assert "nan" not in markup


def test_the_forest_draws_the_baseline_first_and_parents_next(inputs: ReportInputs) -> None:
    marks = marks_of(inputs)
    section = pairs.section(inputs, marks)
    assert section is not None
    # direct_rl against sft_then_rl is in the table, but neither started from the other
    assert section["count"] == 10
    assert not section["all_drawn"]
    assert [e.text for e in ElementTree.fromstring(section["plots"][0].picture.__html__()).iter("text")][0:12].count(
        "SFT → RL"
    ) == 1


def test_bars_are_shares_of_what_there_is() -> None:
    parts = [Part("kept", 3, "kept"), Part("wrong", 0, "drop0"), Part("late", 1, "drop1")]
    root = ElementTree.fromstring(share_plot([Bar("set", parts, "75%")], "label").__html__())
    bars = [e for e in root.iter("rect") if "part" in str(e.get("class"))]
    widths = [float(str(e.get("width"))) for e in bars]
    assert widths[0] == pytest.approx(3 * widths[1], rel=0.01)
    # an XML parser reads a line break in an attribute as a space
    assert root.find("g").get("data-tip") == "set kept: 3 (75.0%) late: 1 (25.0%)"


def test_outcomes_partition_the_answers() -> None:
    def sample(correct: bool | None, answer: str | None, reason: str = "stop") -> Sample:
        return Sample(id="1", text="", tokens=1, finish_reason=reason, answer=answer, correct=correct)

    assert outcomes.outcome(sample(True, "1")) == "right"
    assert outcomes.outcome(sample(True, "1", "length")) == "right"
    assert outcomes.outcome(sample(False, "2", "length")) == "truncated"
    assert outcomes.outcome(sample(False, None, "length")) == "truncated"
    assert outcomes.outcome(sample(False, None)) == "no_answer"
    assert outcomes.outcome(sample(False, "2")) == "wrong"
    assert outcomes.outcome(sample(None, "2")) == "unknown"
    # the browser knows outcomes by their first letter
    assert len({key[0] for key in outcomes.OUTCOMES}) == len(outcomes.OUTCOMES)


def test_a_line_is_straight_under_smoothing_and_noise_is_not() -> None:
    straight = [2.0 * i + 1 for i in range(30)]
    assert curves.smoothed(straight, 5) == pytest.approx(straight)
    assert curves.smoothed([0, 0, 3, 0, 0], 3)[1:4] == pytest.approx([1, 1, 1])
    assert curves.smoothed([4.0], 3) == [4.0]


def test_long_runs_are_thinned_to_means() -> None:
    points = [(float(i), float(i % 2)) for i in range(4 * curves.MOST_POINTS)]
    thin = curves.thinned(points)
    assert len(thin) == curves.MOST_POINTS
    assert thin[0] == (1.5, 0.5)


def test_values_that_are_no_numbers_are_left_out(inputs: ReportInputs) -> None:
    rows = [{"step": i, "reward": math.nan if i == 3 else 0.5 + i / 10, "kl": 0.0} for i in range(6)]
    made = ReportInputs(inputs.ablation, metrics={"grpo_v2": rows})
    (plot,) = curves.reinforcement_plots(made, marks_of(made))
    assert plot.name == "curve-reward"
    assert plot.lines[0].x == [0, 1, 2, 4, 5]


def test_parts_of_a_reward_have_plots_where_they_say_more_than_the_whole(inputs: ReportInputs) -> None:
    def names(**parts: float) -> list[str]:
        rows = [{"step": i, "reward": 0.5, "reward_std": 0.1, **parts} for i in range(3)]
        made = ReportInputs(inputs.ablation, metrics={"grpo_v2": rows})
        return [plot.name for plot in curves.reinforcement_plots(made, marks_of(made))]

    assert names(reward_correct=0.5) == ["curve-reward"]
    shown = names(reward_overlong=-0.2, reward_correct=0.6, unknown=0.1, no_answer=0.0)
    assert shown == ["curve-reward", "curve-part-correct", "curve-part-overlong", "curve-unknown"]


def test_the_cursor_reads_the_numbers_of_the_picture() -> None:
    line = Line(Mark(1, "a", "A"), [1, 2, 4], [0.5, 0.61234567, 0.7], low=[0.4, 0.5, 0.6], high=[0.6, 0.7, 0.8])
    data = cursor_data(LinePlot("name", "Title", [line], x_name="k", share=True, logarithmic=True))
    assert data["x"][:2] == [1, 4]
    assert data["lines"][0]["y"] == [0.5, 0.61235, 0.7]
    assert data["lines"][0]["high"] == [0.6, 0.7, 0.8]
