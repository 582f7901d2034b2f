"""From completions to what a verifier learns: verdicts, what is left out, and balance."""

from pathlib import Path

import pytest

from gradus.problems.problem import Problem
from gradus.problems.table import write_problems
from gradus.prompts.verification import verification_messages
from gradus.provenance.errors import GradusError
from gradus.sampling.samples import Sample, write_samples
from gradus.specs.traces import JudgeTracesSpec
from gradus.study.settings.evaluation import Grading
from gradus.study.settings.traces import Balance
from gradus.traces.judged import balanced, judge_completions, judge_files

PROBLEMS = [Problem(name, f"{name} + 0?", str(number), 1, "", "") for number, name in enumerate("abc", start=1)]


def sample(identifier: str, number: int, text: str) -> Sample:
    return Sample(identifier, number, text, len(text), "stop", 0)


SAMPLES = [
    sample("a", 0, "\\boxed{1}"),
    sample("a", 1, "so \\boxed{1}"),
    sample("a", 2, "thus \\boxed{1}"),
    sample("a", 3, "\\boxed{7}"),
    sample("a", 4, "\\boxed{1}"),
    sample("a", 5, "1"),
    sample("b", 0, "\\boxed{7}"),
    sample("b", 1, "\\boxed{8}"),
    sample("c", 0, "\\boxed{7}"),
    sample("c", 1, "\\boxed{3}"),
]


def settings(balance: Balance = "none", seed: int = 0) -> JudgeTracesSpec:
    return JudgeTracesSpec(teacher="t", question="Right?", balance=balance, sets=["mine"], grading=Grading(), seed=seed)


def test_equal_solutions_count_once_and_those_without_an_answer_not_at_all() -> None:
    judged, dropped = judge_completions(PROBLEMS, SAMPLES, ["boxed"])
    assert [(p.id, s.sample, right) for p, s, right in judged] == [
        *(("a", 0, True), ("a", 1, True), ("a", 2, True), ("a", 3, False)),
        *(("b", 0, False), ("b", 1, False), ("c", 0, False), ("c", 1, True)),
    ]
    assert dict(dropped) == {"repeated": 1, "no_answer": 1}


@pytest.mark.parametrize(("balance", "right", "wrong"), [("none", 4, 4), ("set", 4, 4), ("problem", 2, 2)])
def test_as_many_right_as_wrong(balance: Balance, right: int, wrong: int) -> None:
    judged, _ = judge_completions(PROBLEMS, SAMPLES, ["boxed"])
    kept = balanced(judged, balance, seed=3)
    assert [sum(r for _, _, r in kept), sum(not r for _, _, r in kept)] == [right, wrong]
    assert kept == sorted(kept, key=lambda one: (one[0].id, one[1].sample))
    if balance == "problem":
        assert [one[0].id for one in kept] == ["a", "a", "c", "c"]


def test_what_is_drawn_depends_on_the_seed_alone() -> None:
    judged, _ = judge_completions(PROBLEMS, SAMPLES, ["boxed"])
    uneven = judged[:4]
    drawn = {tuple(s.sample for _, s, _ in balanced(uneven, "set", seed)) for seed in range(12)}
    assert len(drawn) > 1
    assert balanced(uneven, "set", 5) == balanced(uneven, "set", 5)


def test_a_trace_asks_and_answers_in_the_words_of_the_verifier(tmp_path: Path) -> None:
    write_problems(tmp_path / "problems.parquet", PROBLEMS)
    write_samples(tmp_path / "samples.parquet", SAMPLES)
    traces, summary = judge_files([tmp_path / "problems.parquet"], tmp_path / "samples.parquet", settings("problem"))
    assert [trace["id"] for trace in traces] == ["a", "a", "c", "c"]
    assert traces[1]["messages"] == [
        {"role": "user", "content": "a + 0?\n\n\\boxed{7}\n\nRight?"},
        {"role": "assistant", "content": "wrong"},
    ]
    assert traces[1]["messages"][:1] == verification_messages("a + 0?", "\\boxed{7}", "Right?")
    assert (summary["kept"], summary["right"], summary["completions"]) == (4, 2, 10)
    assert summary["dropped"] == {"balance": 4, "no_answer": 1, "repeated": 1}
    assert summary["kept"] + sum(summary["dropped"].values()) == summary["completions"]
    assert summary["yield"] == 2 / 3


def test_solutions_that_are_all_right_leave_nothing_to_learn(tmp_path: Path) -> None:
    write_problems(tmp_path / "problems.parquet", PROBLEMS[:1])
    write_samples(tmp_path / "samples.parquet", SAMPLES[:3])
    with pytest.raises(GradusError, match=r"samples\.parquet: no trace was left"):
        judge_files([tmp_path / "problems.parquet"], tmp_path / "samples.parquet", settings("problem"))
