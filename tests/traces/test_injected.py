"""Domain tokens in traces: in the assistant's turns alone, graded before, counted in the summary."""

from pathlib import Path
from typing import Any

import pytest

from gradus.problems.problem import Problem
from gradus.sampling.samples import Sample
from gradus.specs.traces import FilterTracesSpec
from gradus.traces.filter import filter_completions
from gradus.traces.injected import injection_summary, with_tokens
from gradus.vocabulary.inject import injector
from problems.published_sets import write_jsonl
from traces.made_traces import PROMPT, read
from vocabulary.tokens import WEAK, multiplication

QUESTION = "A box has 2*3 eggs, how many have 4 boxes?"
GSM8K = "It has 2*3 = <<2*3=6>>6 eggs.\nThe boxes have 4*6 = <<4*6=24>>24.\n#### 24"


def contents(trace: dict[str, Any]) -> list[str]:
    return [turn["content"] for turn in trace["messages"]]


def test_only_the_assistant_has_tokens_and_calls_stay() -> None:
    said = [("system", "2*3"), ("user", "2*3"), ("assistant", '{"a": "2*3"}'), ("tool", "2*3=6"), ("assistant", "2*3")]
    conversation = [{"role": role, "content": text} for role, text in said]
    found = with_tokens(conversation, injector(multiplication()))
    assert [turn["content"] for turn in found] == ["2*3", "2*3", '{"a": "2*3"}', "2*3=6", "<MUL_2_3_6>"]
    assert with_tokens(conversation, injector(None)) == conversation


@pytest.mark.parametrize(
    ("annotations", "mode", "solution"),
    [
        (
            "keep",
            "weak",
            "It has <MUL_2_3_6> = <<<MUL_2_3_6>>>6 eggs.\nThe boxes have <MUL_4_6_24> = <<<MUL_4_6_24>>>24.\n#### 24",
        ),
        (
            "keep",
            "strict",
            "It has 2*3 = <<<MUL_2_3_6>>>6 eggs.\nThe boxes have 4*6 = <<<MUL_4_6_24>>>24.\n#### 24",
        ),
        ("drop", "weak", "It has <MUL_2_3_6> eggs.\nThe boxes have <MUL_4_6_24>.\n#### 24"),
    ],
)
def test_gsm8ks_solutions_with_and_without_annotations(
    tmp_path: Path, annotations: str, mode: str, solution: str
) -> None:
    traces, summary = read_gsm8k(tmp_path, annotations=annotations, inject=WEAK | {"mode": mode})
    assert [contents(trace) for trace in traces] == [[QUESTION, solution]]
    assert [trace["chars"] for trace in traces] == [len(solution)]
    tokens = solution.count("<MUL_")
    assert summary["injected"] == {"family": "multiplication", "mode": mode, "tokens": tokens, "traces": 1}


def test_annotations_are_dropped_where_nothing_is_said(tmp_path: Path) -> None:
    traces, summary = read_gsm8k(tmp_path)
    assert contents(traces[0])[-1] == "It has 2*3 = 6 eggs.\nThe boxes have 4*6 = 24.\n#### 24"
    assert "injected" not in summary


def test_a_calculators_calls_are_where_the_annotations_are_and_have_no_tokens(tmp_path: Path) -> None:
    traces, _ = read_gsm8k(tmp_path, calculator=True, inject=WEAK)
    assert [turn["role"] for turn in traces[0]["messages"]] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "tool",
        "assistant",
    ]
    assert not any("<MUL" in text for text in contents(traces[0]))


def read_gsm8k(folder: Path, **settings: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    write_jsonl(folder / "train.jsonl", [{"question": QUESTION, "answer": GSM8K}])
    problem = Problem("gsm8k/train/0", QUESTION, "24")
    of = {"source": "gsm8k", "split": "train", "set": "p", "seed": 0}
    return read(folder, "solutions", folder / "train.jsonl", [problem], of=of, **settings)


def test_answers_are_graded_before_tokens_take_their_place(tmp_path: Path) -> None:
    row = {"problem": "6*9?", "solution": "\\boxed{6*9}", "answer": "54"}
    write_jsonl(tmp_path / "rows.jsonl", [row])
    traces, _ = read(tmp_path, "rows", tmp_path / "rows.jsonl", correct_only=True, inject=WEAK)
    assert contents(traces[0]) == ["6*9?", "\\boxed{<MUL_6_9_54>}"]


def test_a_teachers_completions() -> None:
    settings = FilterTracesSpec.model_validate(
        {
            "teacher": "t",
            "prompt": PROMPT,
            "sets": ["mine"],
            "filter": {"min_tokens": 1},
            "grading": {},
            "inject": WEAK,
        }
    )
    sample = Sample("a", 0, "2*3=6\n\\boxed{6}", 9, "stop", 0)
    (trace,), _ = filter_completions([Problem("a", "2*3?", "6")], [sample], settings)
    assert contents(trace) == ["2*3?", "<MUL_2_3_6>\n\\boxed{6}"]
    assert injection_summary([trace], settings.inject)["injected"]["tokens"] == 1
