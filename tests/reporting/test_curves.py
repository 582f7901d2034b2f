"""What each learning curve takes from a row of metrics."""

import math
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from gradus.evaluation.stages_table import StageLosses
from gradus.reporting import curves
from gradus.reporting.curves import REINFORCEMENT
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.lines import LinePlot, line_plot
from gradus.reporting.plots.marks import marks_of

ROW = {
    "reward": 0.5,
    "held_out_reward": 0.25,
    "kl": 0.01,
    "teacher_kl": 0.4,
    "entropy": 2.0,
    "completion_tokens": 30.0,
    "truncated": 0.125,
    "no_answer": 0.0625,
    "unknown": 0.03125,
    "groups": 8,
    "groups_without_signal": 2,
    "grad_norm": 0.75,
}
VALUES = {name: value for name, _, value in REINFORCEMENT}


def test_every_curve_takes_its_own_value() -> None:
    assert {name: value(ROW) for name, value in VALUES.items()} == {
        "reward": 0.5,
        "held-out-reward": 0.25,
        "kl": 0.01,
        "teacher-kl": 0.4,
        "entropy": 2.0,
        "length": 30.0,
        "truncated": 0.125,
        "no-answer": 0.0625,
        "unknown": 0.03125,
        "without-signal": 0.25,  # of 8 groups 2
        "gradient": 0.75,
    }


@pytest.mark.parametrize("row", [{}, {"groups": 0, "groups_without_signal": 0}, {"groups": 8}, {"kl": float("nan")}])
def test_what_a_row_does_not_have_is_no_point(row: dict[str, float]) -> None:
    assert {value(row) for value in VALUES.values()} == {None}


def test_a_line_is_straight_under_smoothing_and_noise_is_not() -> None:
    straight = [2.0 * i + 1 for i in range(30)]
    assert curves.smoothed(straight, 5) == pytest.approx(straight)
    assert curves.smoothed([0, 0, 3, 0, 0], 3)[1:4] == pytest.approx([1, 1, 1])
    assert curves.smoothed([4.0], 3) == [4.0]


def test_smoothing_never_leaves_the_values_that_it_is_drawn_through() -> None:
    # the least-squares line through 0, 0, 3 is -0.5, 1, 2.5: shares and divergences do not become negative
    assert curves.smoothed([0, 0, 3, 0, 0], 3) == pytest.approx([0, 1, 1, 1, 0])


def test_long_runs_are_thinned_to_means() -> None:
    points = [(float(i), float(i % 2)) for i in range(4 * curves.MOST_POINTS)]
    thin = curves.thinned(points)
    assert len(thin) == curves.MOST_POINTS
    assert thin[0] == (1.5, 0.5)


def _plots(inputs: ReportInputs, runs: dict[str, list[float]], column: str = "kl") -> list[LinePlot]:
    metrics: dict[str, Any] = {
        run: [{"step": i, "reward": 0.0, column: y} for i, y in enumerate(values)] for run, values in runs.items()
    }
    made = ReportInputs(inputs.ablation, metrics=metrics, runs={"grpo_v2": ["grpo_v2", "grpo_v2.seed-1"]})
    return curves.reinforcement_plots(made, marks_of(made))


def test_what_cannot_be_negative_starts_at_zero(inputs: ReportInputs) -> None:
    (kl,) = _plots(inputs, {"grpo_v2": [0.5, 0.6, 0.55]})
    assert kl.scales()[1].low == 0
    # an estimate that is negative is drawn all the same
    (kl,) = _plots(inputs, {"grpo_v2": [-0.1, 0.6, 0.55]})
    assert kl.scales()[1].low < -0.09
    (part,) = _plots(inputs, {"grpo_v2": [0.5, 0.6, 0.55]}, "held_out_reward")
    assert part.scales()[1].low > 0


def test_a_step_beyond_the_axis_has_an_arrow_with_its_value(inputs: ReportInputs) -> None:
    calm = [0.01 * (i % 3) for i in range(100)]
    (kl,) = _plots(inputs, {"grpo_v2": [*calm[:50], 7.25, *calm[50:]]})
    assert kl.clipped()
    root = ElementTree.fromstring(line_plot(kl).__html__())
    assert [e.get("class") for e in root.iter("polygon")].count("beyond") == 1
    assert "7.25" in [e.text for e in root.iter("text")]
    (kl,) = _plots(inputs, {"grpo_v2": calm})
    assert not kl.clipped()


def test_training_runs_have_the_colour_of_their_experiment(inputs: ReportInputs) -> None:
    (kl,) = _plots(inputs, {"grpo_v2": [0.1, 0.2], "grpo_v2.seed-1": [0.2, 0.1], "direct_rl": [0.3, 0.2]})
    assert [line.name for line in kl.lines] == [
        *("GRPO v2 (hard problems)", "GRPO v2 (hard problems), seed-1", "Direct RL (GRPO v1)"),
    ]
    assert kl.lines[0].mark == kl.lines[1].mark != kl.lines[2].mark


def test_losses_of_other_sizes_have_axes_of_their_own(inputs: ReportInputs) -> None:
    def rows(first: float, last: float, held_out: float) -> list[dict[str, object]]:
        return [{"step": 1, "loss": first}, {"step": 2, "held_out_loss": held_out}, {"step": 3, "loss": last}]

    metrics = {"sft": rows(8.0, 2.0, 2.1), "student": rows(6.0, 0.5, 0.6), "teacher": rows(5.0, 0.4, 0.5)}
    made = ReportInputs(inputs.ablation, metrics=metrics)
    assert [plot.name for plot in curves.loss_plots(made, marks_of(made))] == [
        *("loss-sft", "loss-sft-held-out", "loss-pretraining", "loss-pretraining-held-out"),
    ]
    made.metrics["teacher"] = rows(0.07, 0.01, 0.03)
    plots = {plot.name: plot for plot in curves.loss_plots(made, marks_of(made))}
    assert plots["loss-pretraining"].title == "Pretraining: loss, nats a token · student"
    assert plots["loss-pretraining-2"].title == "Pretraining: loss, nats a token · teacher"
    assert plots["loss-pretraining-2"].scales()[1].high < 0.1


def test_trainings_that_are_no_rows_are_no_pretraining(inputs: ReportInputs) -> None:
    stage = StageLosses("verifier", "", "Verifier", "base", 1, "judged", 2, 0.5, None)
    rows = [{"step": 1, "loss": 0.7}, {"step": 2, "loss": 0.5}]
    preferences = [row | {"margin": 0.1} for row in rows]
    runs = {"verifier": rows, "verifier.seed-1": rows, "preferred": preferences, "student": rows}
    stages = [stage, replace(stage, run="verifier"), replace(stage, run="verifier.seed-1")]
    made = ReportInputs(inputs.ablation, metrics=runs, stages=stages)
    drawn = {plot.name: [line.mark.name for line in plot.lines] for plot in curves.loss_plots(made, marks_of(made))}
    assert drawn["loss-sft"] == ["verifier", "verifier.seed-1"]
    assert drawn["loss-dpo"] == ["preferred"]
    assert drawn["loss-pretraining"] == ["student"]


def test_preferences_have_a_loss_of_pairs_and_a_margin(inputs: ReportInputs) -> None:
    rows = [{"step": 1, "loss": 0.7, "margin": 0.0}, {"step": 2, "held_out_loss": 0.6, "held_out_margin": 0.2}]
    made = ReportInputs(inputs.ablation, metrics={"sft": [*rows, {"step": 3, "loss": 0.5, "margin": 0.4}]})
    made.ablation["experiments"][1]["stage"] = "dpo"
    plots = {plot.name: plot for plot in curves.loss_plots(made, marks_of(made))}
    assert list(plots) == ["loss-dpo", "loss-dpo-held-out", "curve-margin"]
    assert plots["loss-dpo"].title == "Preference optimisation: loss, nats a pair"
    assert [(line.name, list(line.y)) for line in plots["curve-margin"].lines] == [
        ("SFT (custom traces)", [0.0, 0.4]),
        ("SFT (custom traces), held out", [0.2]),
    ]


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
