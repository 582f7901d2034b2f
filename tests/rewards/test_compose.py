"""The parts of a reward together: what a study may name is there, with its settings, and the sum is the sum."""

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.grading.verdict import grade
from gradus.graph.graph import Graph
from gradus.rewards.compose import part_values, reward_modules, weighted_sum
from gradus.study.rewards import reward_parts
from gradus.study.settings.rewards import PARTS, Rewards
from rewards.made_completion import completion
from study.made_study import study

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
ALL = reward_parts(Rewards.model_validate(dict.fromkeys(PARTS, 1.0)))


def test_every_part_is_described_and_has_a_weight_and_a_function_of_its_name() -> None:
    assert list(PARTS) == list(Rewards.model_fields)
    for name, part in PARTS.items():
        assert part.value.__name__ == name
        assert Rewards.model_fields[name].description == part.description != ""
        assert part.settings is None or part.settings.model_fields["weight"].is_required()


def test_planning_reads_what_parts_say_without_a_grader() -> None:
    code = "import sys, gradus.study.settings.rewards; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=SCRIPTS, capture_output=True, text=True, check=True)
    loaded = {name.split(".grading")[0] for name in done.stdout.split() if ".grading" in name}
    loaded |= {"sympy", "torch", "pyarrow", "math_verify"} & set(done.stdout.split())
    assert loaded == set()


def test_a_spec_names_the_parts_that_its_job_uses_and_no_other(tmp_path: Path) -> None:
    jobs = Graph(study(tmp_path, ("experiments.rl.rewards", {"correct": 1, "short": 0.1}))).jobs
    of_rl = tuple(name for name in jobs["models/rl"].modules if name.startswith("gradus.rewards."))
    assert of_rl == reward_modules(["correct", "short"])
    assert jobs["votes/rl/easy"].modules == reward_modules(["overlong", "repetition", "short", "shows_work"])


def test_a_reward_is_the_weighted_sum_of_its_parts() -> None:
    composition = {"correct": {"weight": 1.0}, "format_penalty": {"weight": 0.5}, "random": {"weight": 0.0}}
    values = part_values(completion(), composition)
    assert list(values) == ["correct", "format_penalty", "random"]
    assert (values["correct"], values["format_penalty"]) == (1.0, 1.0)
    assert weighted_sum(values, composition) == 1.5
    assert weighted_sum(part_values(completion("four"), composition), composition) == -0.5


def test_the_shaped_reward_of_a_near_miss_by_hand() -> None:
    """Near 0.3, shows work 0.1, a domain token 0.2, short 0.1, and no repetition."""
    weights = {"correct": 1, "partial": 0.3, "shows_work": 0.1, "uses_tokens": 0.2, "short": 0.1, "repetition": 0.3}
    composition = reward_parts(Rewards.model_validate(weights))
    near, right = (
        completion("<MUL_5_21_105> = 105, so \\boxed{105}", reference=reference, domain_tokens={"mul": 1})
        for reference in ("100", "105")
    )
    assert weighted_sum(part_values(near, composition), composition) == pytest.approx(0.7)
    assert weighted_sum(part_values(right, composition), composition) == pytest.approx(1.4)
    loop = "48 = 48 " * 80 + "\\boxed{1}"
    assert weighted_sum(part_values(completion(loop), composition), composition) == pytest.approx(0.1 - 0.3)


def test_wrong_only_parts_add_nothing_to_a_right_answer() -> None:
    wrong_only: dict[str, Any] = {"weight": 1, "wrong_only": True}
    parts = dict.fromkeys(("shows_work", "uses_tokens", "short", "repetition"), wrong_only)
    composition = reward_parts(Rewards.model_validate(parts))
    text = "<MUL_ = " * 20 + "\\boxed{4}"
    right, wrong = (completion(text, reference=reference, domain_tokens={"mul": 20}) for reference in ("4", "5"))
    assert set(part_values(right, composition).values()) == {0.0}
    assert part_values(wrong, composition) == {"repetition": -1.0, "short": 1.0, "shows_work": 1.0, "uses_tokens": 1.0}


DEGENERATE = {
    "empty": "",
    "blank": " \n\t ",
    "one word": "4 " * 5000,
    "one letter": "a" * 20000,
    "open box": "\\boxed{" * 3000,
    "hashes": "#" * 20000,
    "no text at all": "\x00\ud800" * 10,
}


@pytest.mark.parametrize("text", DEGENERATE.values(), ids=list(DEGENERATE))
@pytest.mark.parametrize("tokens", [0, 1, 100])
def test_degenerate_completions_have_finite_rewards(text: str, tokens: int) -> None:
    values = part_values(completion(text, tokens=tokens, finish_reason="length" if tokens == 100 else "stop"), ALL)
    assert all(math.isfinite(value) for value in values.values())
    assert (values["correct"], values["format_penalty"], values["hash_bonus"], values["partial"]) == (0, -1, 0, 0)
    assert values["overlong"] == -float(tokens == 100)


@given(
    text=st.text(max_size=300),
    reference=st.sampled_from(["4", "0", "-1/3", "x", ""]),
    answer=st.none() | st.text(max_size=20) | st.integers().map(str),
    correct=st.sampled_from([True, False, None]),
    tokens=st.integers(0, 100),
    cut=st.booleans(),
    seed=st.integers(0, 2**31 - 1),
)
def test_every_part_is_within_one_of_nothing_and_always_the_same(
    text: str, reference: str, answer: str | None, correct: bool | None, tokens: int, cut: bool, seed: int
) -> None:
    judged = False if answer is None else correct
    changes: dict[str, Any] = {"verdict": replace(grade("", reference), answer=answer, correct=judged), "seed": seed}
    changes |= {"finish_reason": "length" if cut else "stop"}
    made = completion(text, reference, tokens=tokens, **changes)
    values = part_values(made, ALL)
    assert all(-1 <= value <= 1 for value in values.values())
    assert values == part_values(completion(text, reference, tokens=tokens, **changes), ALL)
    penalties = ("repetition", "overlong", "overlong_unanswered", "overlong_ramp")
    assert all(values[name] <= 0 for name in penalties)
    assert all(values[name] >= 0 for name in PARTS if name not in (*penalties, "format_penalty", "length"))


def test_an_unknown_verdict_earns_what_a_wrong_answer_earns() -> None:
    wrong = completion("\\boxed{9}")
    unknown = part_values(completion("\\boxed{9}", verdict=replace(wrong.verdict, correct=None)), ALL)
    assert unknown == part_values(wrong, ALL)
    assert (unknown["correct"], unknown["format_penalty"]) == (0.0, 0.0)
