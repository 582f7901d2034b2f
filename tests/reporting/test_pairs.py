"""Differences: why two experiments are compared, what is shown of them, and where they are drawn."""

from typing import Any
from xml.etree import ElementTree

import pytest

from gradus.reporting import pairs
from gradus.reporting.differences import Difference, declared, differences
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.marks import marks_of
from gradus.reporting.questions import question, sentence, short, verdict

PARENTS = {"base": "student", "sft": "base", "rl": "base", "sft_rl": "sft", "rl_more": "rl"}


def _row(a: str, b: str, delta: float, low: float, high: float, p: float, **more: Any) -> dict[str, Any]:
    shares = {"accuracy_a": 0.5, "accuracy_b": 0.5 + delta, "delta": delta, "ci95_lo": low, "ci95_hi": high}
    role = "baseline" if "base" in (a, b) else "parent" if PARENTS.get(b) == a else "pair"
    known = {"role": role, "detectable": 0.024, "margin": None, "equivalence_p": None, "question": ""}
    return {"a": a, "b": b, "benchmark": "math", "n": 500, "p": p / 2, "p_adjusted": p, **known, **shares, **more}


def _inputs(*comparisons: dict[str, Any]) -> ReportInputs:
    ends = [0.4, 0.6]
    cell = {"accuracy": 0.5, "ci95": ends, "ci95_normal": ends, "correct": 250, "n": 500}
    rows = [
        {"name": name, "title": name.upper(), "parent": parent, "stage": "grpo" if parent != "student" else "none"}
        | {"cells": {"math": cell}}
        for name, parent in PARENTS.items()
    ]
    table = {"study": "made", "baseline": "base", "benchmarks": [{"name": "math", "title": "MATH"}]}
    return ReportInputs(table | {"experiments": rows}, comparisons=list(comparisons))


def _difference(*row: Any, **more: Any) -> Difference:
    (found,) = differences(_inputs(_row(*row, **more)))
    return found


def test_declared_comparisons_come_with_the_primary_one_first() -> None:
    rows = [("base", "sft"), ("rl", "sft_rl"), ("sft", "sft_rl")]
    inputs = _inputs(
        *(_row(a, b, 0.1, 0.05, 0.15, 0.01) for a, b in rows), _row("sft", "rl", 0, 0, 0, 1, role="primary")
    )
    assert [d.role for d in differences(inputs)] == ["baseline", "pair", "parent", "primary"]
    assert [(d.a, d.b) for d in declared(inputs)] == [("sft", "rl"), ("rl", "sft_rl")]


@pytest.mark.parametrize(
    ("row", "state", "words"),
    [
        ((0.048, 0.019, 0.079, 0.013), "shown", "shown to differ"),
        (
            (0.05, 0.009, 0.097, 0.43),
            "alone",
            "not shown to differ: alone it would be, not within its family, could have found 2.4",
        ),
        ((0.012, -0.004, 0.028, 0.41), "not shown", "not shown to differ, could have found 2.4"),
        # an interval may touch 0 where the test holds
        ((0.02, 0.0, 0.04, 0.04), "shown", "shown to differ"),
    ],
)
def test_a_difference_has_three_states(row: tuple[float, float, float, float], state: str, words: str) -> None:
    found = _difference("rl", "sft", *row)
    assert (found.state, verdict(found)) == (state, words)
    assert found.turned().state == state


def test_what_could_have_been_found_and_what_is_alike_is_said() -> None:
    unknown = _difference("rl", "sft_rl", 0.012, -0.004, 0.028, 0.41, detectable=0.024)
    assert short(unknown) == "+1.2 points [−0.4 to +2.8], not shown to differ, could have found 2.4"
    hardly = _difference("rl", "sft_rl", 0.012, -0.004, 0.028, 0.41, detectable=None)
    assert verdict(hardly) == "not shown to differ, and could hardly have been"
    alike = _difference("rl", "sft_rl", 0.002, -0.01, 0.014, 0.7, margin=0.02, equivalence_p=0.003)
    assert verdict(alike) == "not shown to differ, could have found 2.4; shown to be alike within 2 points"
    unlike = _difference("rl", "sft_rl", 0.002, -0.05, 0.054, 0.7, margin=0.02, equivalence_p=0.3)
    assert verdict(unlike) == "not shown to differ, could have found 2.4; not shown to be alike within 2 points"
    both = _difference("rl", "sft_rl", 0.01, 0.004, 0.016, 0.01, margin=0.02, equivalence_p=0.003)
    assert verdict(both) == "shown to differ; shown to be alike within 2 points"
    beyond = _difference("rl", "sft_rl", 0.03, 0.01, 0.05, 0.01, margin=0.02, equivalence_p=0.8)
    assert verdict(beyond) == "shown to differ"


def test_a_primary_comparison_is_not_corrected_and_its_p_is_not_called_so() -> None:
    inputs = _inputs(_row("rl", "sft_rl", 0.048, 0.019, 0.079, 0.002, role="primary"))
    text = "".join(part for part, _ in sentence(inputs, differences(inputs)[0])).replace("\u00a0", " ")
    assert text == (
        "SFT_RL answers 54.8% of MATH, +4.8 points against RL "
        "(95% interval +1.9 to +7.9, p = 0.002; paired on 500 problems)."
    )


def test_each_kind_of_comparison_has_its_plots_on_their_own_scale() -> None:
    inputs = _inputs(
        _row("base", "sft", 0.4, 0.35, 0.45, 1e-9),
        _row("rl", "sft_rl", 0.048, 0.019, 0.079, 0.013),
        _row("rl", "rl_more", 0.004, -0.018, 0.026, 1.0),
    )
    section = pairs.section(inputs, marks_of(inputs))
    assert section is not None
    assert [group["name"] for group in section["groups"]] == ["questions", "parents", "baseline"]
    texts = {
        group["name"]: [e.text for e in ElementTree.fromstring(group["plots"][0].picture.__html__()).iter("text")]
        for group in section["groups"]
    }
    assert texts["questions"][:5] == ["0", "+2", "+4", "+6", "+8"]
    assert texts["baseline"][:6] == ["0", "+20", "+40", "+60", "against BASE", "SFT"]
    assert texts["parents"][-3:] == ["against RL", "RL_MORE", "+0.4"]
    assert section["legend"] == [("filled", "shown to differ"), ("hollow", "not shown to differ")]
    assert [row["said"] for row in section["rows"]] == [
        "shown to differ",
        "shown to differ",
        "not shown to differ, could have found 2.4",
    ]


def test_a_star_is_hollow_where_a_side_was_trained_once() -> None:
    inputs = _inputs(_row("base", "rl", 0.1, 0.05, 0.15, 0.01))
    assert [d.star for d in differences(inputs)] == ["☆"]
    (rl,) = (entry for entry in inputs.experiments if entry["name"] == "rl")
    rl["cells"] = {"math": rl["cells"]["math"] | {"runs": [{"run": r, "accuracy": 0.5} for r in ("rl", "rl.seed-1")]}}
    assert [d.star for d in differences(inputs)] == ["★"]


def test_a_question_of_the_study_is_asked_in_its_words() -> None:
    inputs = _inputs(
        _row("rl", "sft_rl", 0.012, -0.004, 0.028, 0.41, role="pair", question="SFT before RL", detectable=0.024)
    )
    (found,) = declared(inputs)
    assert question(inputs, found) == "SFT before RL (SFT_RL against RL)"
    assert "".join(part for part, _ in sentence(inputs, found)).replace("\u00a0", " ") == (
        "SFT before RL: SFT_RL answers 51.2% of MATH, +1.2 points against RL: not shown to differ, "
        "could have found 2.4 (95% interval −0.4 to +2.8, adjusted p = 0.41; paired on 500 problems)."
    )
