"""The finding: worked by hand for every way a study can come out."""

from dataclasses import replace

import pytest

from gradus.reporting.headline import finding, key_numbers, questions
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.ledger import LedgerRow


def _cell(accuracy: float) -> dict:
    ends = [accuracy - 0.03, accuracy + 0.03]
    return {"accuracy": accuracy, "ci95": ends, "ci95_normal": ends, "correct": round(500 * accuracy), "n": 500}


def _inputs(accuracies: dict[str, float], comparisons: list[dict] | None = None) -> ReportInputs:
    ablation = {
        "study": "made",
        "baseline": "base",
        "benchmarks": [{"name": "math", "title": "MATH-500", "n": 500}],
        "experiments": [{"name": n, "title": n.upper(), "cells": {"math": _cell(a)}} for n, a in accuracies.items()],
    }
    return ReportInputs(ablation, comparisons=comparisons or [])


def _pair(a: str, b: str, delta: float, low: float, high: float, p: float) -> dict:
    row = {"a": a, "b": b, "benchmark": "math", "n": 500, "accuracy_a": 0.794, "accuracy_b": 0.794 + delta}
    row |= {"delta": delta, "ci95_lo": low, "ci95_hi": high, "p": p / 2, "p_adjusted": p, "detectable": 0.024}
    role = "baseline" if "base" in (a, b) else "pair"
    return row | {"role": role, "margin": None, "equivalence_p": None, "question": ""}


def _sentence(inputs: ReportInputs) -> str:
    return "".join(text for text, _ in finding(inputs)).replace("\u00a0", " ")


def test_a_clear_gain() -> None:
    inputs = _inputs({"base": 0.794, "sft": 0.772, "rl": 0.902}, [_pair("base", "rl", 0.108, 0.074, 0.142, 0.0002)])
    assert _sentence(inputs) == (
        "RL answers 90.2% of MATH-500, +10.8 points over BASE "
        "(95% interval +7.4 to +14.2, adjusted p < 0.001; paired on 500 problems)."
    )


def test_the_comparison_is_turned_where_the_baseline_stands_second() -> None:
    inputs = _inputs({"base": 0.794, "rl": 0.902}, [_pair("rl", "base", -0.108, -0.142, -0.074, 0.0002)])
    assert "+10.8 points over BASE (95% interval +7.4 to +14.2" in _sentence(inputs)


def test_no_claim_without_evidence() -> None:
    inputs = _inputs({"base": 0.794, "rl": 0.802}, [_pair("base", "rl", 0.008, -0.01, 0.026, 0.41)])
    assert _sentence(inputs) == (
        "No experiment differs significantly from BASE on MATH-500: the best, RL, answers 80.2%, +0.8 points "
        "(95% interval −1.0 to +2.6, adjusted p = 0.41; paired on 500 problems)."
    )


def test_a_loss_is_called_one() -> None:
    inputs = _inputs({"base": 0.794, "sft": 0.700}, [_pair("base", "sft", -0.094, -0.12, -0.06, 0.012)])
    assert _sentence(inputs).startswith("Every experiment falls below BASE on MATH-500: the best, SFT, answers 70.0%")
    assert "−9.4 points (95% interval −12.0 to −6.0, adjusted p = 0.012" in _sentence(inputs)


def test_without_comparisons_nothing_is_said_about_the_difference() -> None:
    assert _sentence(_inputs({"base": 0.794, "rl": 0.902})) == (
        "RL does best on MATH-500: 90.2% (95% interval 87.2 to 93.2%). "
        "It was not compared with BASE question by question."
    )


def test_the_baseline_alone() -> None:
    assert _sentence(_inputs({"base": 0.794})) == "BASE answers 79.4% of MATH-500 (95% interval 76.4 to 82.4%)."


def test_the_studys_own_questions_come_before_the_best_row() -> None:
    inputs = _inputs(
        {"base": 0.794, "rl": 0.802, "sft_rl": 0.85, "best": 0.95},
        [
            _pair("base", "best", 0.156, 0.12, 0.19, 0.0001),
            _pair("rl", "sft_rl", 0.012, -0.004, 0.028, 0.41),
            _pair("rl", "best", 0.148, 0.11, 0.18, 0.0001),
        ],
    )
    assert _sentence(inputs) == (
        "SFT_RL answers 80.6% of MATH-500, +1.2 points against RL: not shown to differ, could have found 2.4 "
        "(95% interval −0.4 to +2.8, adjusted p = 0.41; paired on 500 problems)."
    )
    assert questions(inputs) == [("BEST against RL", "+14.8 points [+11.0 to +18.0], shown to differ", True)]


def test_key_numbers_count_what_was_graded() -> None:
    inputs = _inputs({"base": 0.794, "rl": 0.902})
    assert key_numbers(inputs)[2] == ("1,000", "graded answers")
    inputs.experiments[1]["cells"]["math"]["samples"] = 4
    assert key_numbers(inputs)[2] == ("2,500", "graded answers")


@pytest.mark.parametrize("name", ["base", "rl"])
def test_the_baseline_is_the_one_that_the_table_names(name: str) -> None:
    inputs = _inputs({"base": 0.794, "rl": 0.902})
    inputs.ablation["baseline"] = name
    assert inputs.baseline["name"] == name


def test_wall_time_and_job_time_are_two_things() -> None:
    row = LedgerRow("sft", "models/a", 600.0, 0.0, 0, 0, 0.0, "Linux", 1, ended=1600.0)
    inputs = replace(_inputs({"base": 0.794}), ledger=[row, replace(row, name="models/b", ended=1900.0)])
    # from 1000 to 1600 and from 1300 to 1900
    assert key_numbers(inputs)[-2:] == [
        *(("15 min 00 s", "wall time of the build"), ("20 min 00 s", "job time, side by side")),
    ]
    unknown = replace(inputs, ledger=[replace(row, ended=0.0)])
    assert key_numbers(unknown)[-1] == ("10 min 00 s", "job time, side by side")
    assert all(what != "wall time of the build" for _, what in key_numbers(unknown))
