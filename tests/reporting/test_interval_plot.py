"""Rows with intervals: what the axis shows, what becomes of a row beyond it, and how sure a point is drawn."""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from gradus.reporting import accuracy
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots import axes
from gradus.reporting.plots.intervals import Fill, Row, interval_plot
from gradus.reporting.plots.marks import Mark, marks_of


def _classes(rows: Sequence[Row], domain: tuple[float, float]) -> list[str]:
    root = ElementTree.fromstring(interval_plot(rows, "label", str, domain).__html__())
    return [str(e.get("class")) for e in root.iter() if e.tag in ("circle", "polygon", "line") and e.get("class")]


def _row(low: float, value: float, high: float, fill: Fill = "filled", runs: Sequence[float] = ()) -> Row:
    return Row(Mark(0, "a", "A"), value, low, high, f"{value}", "tip", fill, runs=runs)


def test_a_row_far_from_all_others_is_left_out_of_the_axis() -> None:
    near = [(0.38, 0.47), (0.84, 0.90), (0.79, 0.86)]
    # the range falls from .90 to .52, by more than a third
    assert axes.zoomed([*near, (0.0, 0.02)]) == (0.38, 0.90)
    # from .72 to .52, by less: the axis has room for all
    assert axes.zoomed([*near, (0.18, 0.20)]) == (0.18, 0.90)


def test_a_row_that_others_reach_is_never_left_out() -> None:
    assert axes.zoomed([(0.4, 0.5), (0.42, 0.5), (0.0, 0.41)]) == (0.0, 0.5)


def test_at_most_one_row_in_three_is_left_out_on_either_side() -> None:
    spans = [(0.0, 0.1), (5.0, 5.1), (5.0, 5.2), (5.1, 5.3), (9.0, 9.1), (5.0, 5.1)]
    assert axes.zoomed(spans) == (5.0, 5.3)
    # of five rows one: the lower range, from 5.0 to 9.1, is the smaller
    assert axes.zoomed(spans[:5]) == (5.0, 9.1)
    assert axes.zoomed([(0.0, 0.1), (9.0, 9.1)]) == (0.0, 9.1)


def test_what_has_to_be_on_the_axis_is() -> None:
    assert axes.zoomed([(4.0, 5.0), (4.0, 5.1), (4.2, 5.0), (1.0, 1.1)], kept=[0.0]) == (0.0, 5.1)


def test_a_row_beyond_the_axis_is_an_arrow_and_no_point() -> None:
    assert _classes([_row(0.0, 0.004, 0.01)], (0.2, 1.0)).count("beyond") == 1
    assert "point" not in _classes([_row(0.0, 0.004, 0.01)], (0.2, 1.0))
    inside = _classes([_row(0.3, 0.4, 0.5)], (0.2, 1.0))
    assert ("beyond" in inside, "point" in inside) == (False, True)


def test_training_runs_are_small_dots_and_fills_say_how_sure_a_point_is() -> None:
    assert _classes([_row(0.3, 0.4, 0.5, runs=[0.35, 0.4, 0.45])], (0, 1)).count("run-dot") == 3
    filled, dotted, hollow = (_classes([_row(0.3, 0.4, 0.5, fill)], (0, 1)) for fill in ("filled", "dotted", "hollow"))
    assert [c for c in filled if c in ("point", "point hollow", "inner")] == ["point"]
    assert [c for c in dotted if c in ("point", "point hollow", "inner")] == ["point hollow", "inner"]
    assert [c for c in hollow if c in ("point", "point hollow", "inner")] == ["point hollow"]


def _cell(correct: int, n: int, low: float, high: float, **more: Any) -> dict[str, Any]:
    ends = [low, high]
    return {"accuracy": correct / n, "ci95": ends, "ci95_normal": ends, "correct": correct, "n": n} | more


def _inputs(**cells: dict[str, Any]) -> ReportInputs:
    stages = {"base": "none"}
    rows = [{"name": e, "title": e, "stage": stages.get(e, "grpo"), "cells": {"b": cell}} for e, cell in cells.items()]
    return ReportInputs({"study": "made", "baseline": "base", "benchmarks": [{"name": "b"}], "experiments": rows})


def test_the_accuracy_plot_says_of_every_row_what_was_counted() -> None:
    runs = [{"run": "rl", "accuracy": 0.8}, {"run": "rl.seed-1", "accuracy": 0.9}]
    inputs = _inputs(
        base=_cell(42, 100, 0.33, 0.52),
        once=_cell(41, 100, 0.32, 0.51),
        rl=_cell(85, 100, 0.6, 0.9, runs=runs),
        ruined=_cell(0, 100, 0.0, 0.03),
    )
    found = accuracy.section(inputs, marks_of(inputs))
    assert (found["replicated"], found["single"], found["zoomed"]) == (True, True, True)
    root = ElementTree.fromstring(found["plots"][0].picture.__html__())
    tips = {e.get("aria-label", "").split("; ")[0]: e for e in root.iter("g") if e.get("class") == "row"}
    said = {name: row.get("aria-label", "").split("; ")[1:] for name, row in tips.items()}
    assert said["base"] == ["42 of 100 right: 42.0%", "95% interval: 33.0 to 52.0%"]
    assert said["once"][1:] == ["95% interval: 32.0 to 51.0%, over questions only", "One training run"]
    assert said["rl"][2] == "Training runs: 80.0%, 90.0%"
    hollow = {name: any(e.get("class") == "point hollow" for e in row.iter()) for name, row in tips.items()}
    assert hollow == {"base": False, "once": True, "rl": False, "ruined": False}
    assert any(e.get("class") == "beyond" for e in tips["ruined"].iter())
