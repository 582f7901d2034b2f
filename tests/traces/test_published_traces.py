"""Others' traces in their publishers' formats, real files included."""

import json
from pathlib import Path
from typing import Any

import pytest

from gradus.environments.calls import calls_in, read_call
from gradus.problems.sources.gsm_sbs import GsmSbsProblems, worked
from gradus.traces.table import KEYS, read_traces
from problems.published_sets import read as read_problem_set
from problems.published_sets import shared, write_jsonl
from traces.made_traces import PROMPT, read

CHAT = [{"role": "user", "content": "1 + 1?"}, {"role": "assistant", "content": "\\boxed{2}"}]

THOUGHTFUL = "<think>\nCount.\n</think>\n\n\\boxed{2}"


@pytest.mark.parametrize(
    ("row", "solution"),
    [
        ({"messages": CHAT}, "\\boxed{2}"),
        ({"messages": [*CHAT, {"role": "user", "content": "Thanks."}]}, "\\boxed{2}"),
        ({"conversations": [{"from": "human", "value": "1 + 1?"}, {"from": "gpt", "value": "2"}]}, "2"),
        ({"prompt": "1 + 1?", "response": "2"}, "2"),
        ({"problem": "1 + 1?", "thinking": "Count.", "response": "2"}, "<think>\nCount.\n</think>\n\n2"),
        ({"instruction": "1 + 1?", "output": "2"}, "2"),
        ({"question": "1 + 1?", "completion": "2", "answer": 2}, "2"),
        ({"instruction": "1 + 1?", "input": "", "output": "2"}, "2"),
        ({"question": "1 + 1?", "reasoning_content": "Count.", "solution": "2"}, "<think>\nCount.\n</think>\n\n2"),
        ({"messages": [CHAT[0], CHAT[1] | {"reasoning_content": "Count."}]}, THOUGHTFUL),
        ({"messages": [CHAT[0], CHAT[1] | {"reasoning_content": None}]}, "\\boxed{2}"),
        ({"messages": [CHAT[0], {"role": "assistant", "content": "Count.</think>\n\n\\boxed{2}"}]}, THOUGHTFUL),
    ],
)
def test_common_layouts(tmp_path: Path, row: dict[str, Any], solution: str) -> None:
    traces, summary = read(tmp_path, "rows", write_jsonl(tmp_path / "t.jsonl", [row]))
    (trace,) = traces
    assert tuple(trace) == KEYS
    assert trace["messages"] == [{"role": "user", "content": "1 + 1?"}, {"role": "assistant", "content": solution}]
    assert (trace["id"], trace["teacher"], trace["tokens"], trace["chars"]) == ("mine/0", "mine", None, len(solution))
    assert (summary["completions"], summary["kept"], summary["dropped"]) == (1, 1, {})
    assert "unused_keys" not in summary
    assert read_traces(tmp_path / "out/mine.jsonl") == traces


def test_alpacas_input_follows_its_instruction(tmp_path: Path) -> None:
    row = {"instruction": "Add these.", "input": "1 and 1", "output": "2"}
    traces, _ = read(tmp_path, "rows", write_jsonl(tmp_path / "t.jsonl", [row]), prompt=PROMPT | {"suffix": " Box it."})
    assert traces[0]["messages"][0] == {"role": "user", "content": "Add these.\n\n1 and 1 Box it."}


@pytest.mark.parametrize(
    ("think", "first", "last"),
    [
        ("keep", "<think>1, 1</think>2", "<think>\n2, 1\n</think>\n\n3"),
        ("strip", "2", "3"),
        ("plain", "1, 1\n\n2", "2, 1\n\n3"),
    ],
)
def test_thoughts_of_all_turns_are_treated_alike(tmp_path: Path, think: str, first: str, last: str) -> None:
    turns = [CHAT[0], {"role": "assistant", "content": "<think>1, 1</think>2"}, {"role": "user", "content": "And 1?"}]
    turns.append({"role": "assistant", "content": "3", "reasoning_content": "2, 1"})
    unfinished = [CHAT[0], {"role": "assistant", "content": "<think>1, 1"}, *turns[2:]]
    raw = write_jsonl(tmp_path / "t.jsonl", [{"messages": turns}, {"messages": unfinished}])
    (trace,), summary = read(tmp_path, "rows", raw, think=think)
    assert [message["content"] for message in trace["messages"][1::2]] == [first, last]
    assert summary["dropped"] == {"unfinished_thought": 1}


def test_turns_of_tools_are_kept_and_calls_apart_join_what_is_said(tmp_path: Path) -> None:
    call = {"type": "function", "function": {"name": "add", "arguments": '{"a": 1, "b": 1}'}}
    again = {"name": "add", "arguments": {"a": 1}}
    turns = [
        CHAT[0],
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "2", "tool_call_id": "x"},
        {"role": "assistant", "content": "Once more.", "reasoning_content": "Hm.", "tool_calls": [call, again]},
        {"from": "observation", "value": "2\nerror: no b"},
        CHAT[1],
    ]
    (trace,), summary = read(tmp_path, "rows", write_jsonl(tmp_path / "t.jsonl", [{"messages": turns}]))
    said = '{"name": "add", "arguments": {"a": 1, "b": 1}}'
    both = [said, '{"name": "add", "arguments": {"a": 1}}']
    assert [message["role"] for message in trace["messages"]] == ["user", *["assistant", "tool"] * 2, "assistant"]
    assert [message["content"] for message in trace["messages"][1:]] == [
        said,
        "2",
        "<think>\nHm.\n</think>\n\nOnce more.\n" + "\n".join(f"<tool_call>\n{one}\n</tool_call>" for one in both),
        "2\nerror: no b",
        CHAT[1]["content"],
    ]
    assert [read_call(text).text for text in calls_in(trace["messages"][3]["content"])] == both
    assert summary["unused_keys"] == ["messages[].tool_call_id"]


def test_keys_that_nobody_reads_are_named_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asking = CHAT[0] | {"reasoning_content": "Hm.", "weight": 0}
    rows = [
        {"prompt": "1 + 1?", "problem": "1 + 1 = ?", "response": "2", "source": "x", "level": None, "tags": []},
        {"messages": [asking, CHAT[1] | {"refusal": "no", "name": ""}], "source": "y", "input": "1"},
    ]
    _, summary = read(tmp_path, "rows", write_jsonl(tmp_path / "t.jsonl", rows))
    unused = ["input", "messages[].reasoning_content", "messages[].refusal", "messages[].weight", "prompt", "source"]
    assert summary["unused_keys"] == unused
    assert capsys.readouterr().err.count(f"keys of rows and turns that are not read: {', '.join(unused)}") == 1


def test_questions_get_the_prompt_and_chats_keep_theirs(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "prompt": "1 + 1?", "response": "2"},
        {"id": "b", "messages": CHAT},
        {"id": "c", "messages": CHAT[:1]},
    ]
    prompt = PROMPT | {"system": "Think.", "suffix": " Box it."}
    traces, summary = read(tmp_path, "rows", write_jsonl(tmp_path / "t.jsonl", rows), prompt=prompt)
    assert [message["content"] for message in traces[0]["messages"]] == ["Think.", "1 + 1? Box it.", "2"]
    assert traces[1]["messages"] == CHAT
    assert summary["dropped"] == {"no_assistant_turn": 1}


def test_the_real_files_are_read_whole(tmp_path: Path) -> None:
    traces, summary = read(tmp_path, "rows", shared("cs336_math_r1_sft.jsonl"))
    assert (len(traces), summary["dropped"]) == (1767, {})
    assert traces[0]["id"] == "cs336sft/0"
    assert all(trace["messages"][-1]["content"].startswith("<think>") for trace in traces)
    traces, summary = read(tmp_path, "rows", shared("long_traces_sample.jsonl"), think="strip", answer="box")
    assert len(traces) == 10
    assert not any("<think>" in trace["messages"][-1]["content"] for trace in traces)
    traces, summary = read(tmp_path, "rows", shared("long_traces_sample.jsonl"), think="keep", max_characters=9000)
    assert summary["dropped"] == {"too_long": 10 - len(traces)}
    assert 0 < len(traces) < 10
    traces, summary = read(tmp_path, "rows", shared("dolly_hhrlhf_small_sft.jsonl"), size=100)
    assert (len(traces), summary["dropped"]) == (100, {"not_drawn": 900})


def test_right_answers_only(tmp_path: Path) -> None:
    path = shared("cs336_math_r1_sft.jsonl")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[:40]]
    rows += [rows[0] | {"id": "wrong", "answer": "17"}, rows[0] | {"id": "none", "answer": None}]
    raw = write_jsonl(tmp_path / "t.jsonl", rows)
    traces, summary = read(tmp_path, "rows", raw, think="plain", answer="box", correct_only=True)
    assert {"wrong", "none"}.isdisjoint(trace["id"] for trace in traces)
    assert len(traces) >= 30
    assert summary["dropped"]["answer_not_known"] == 1
    assert summary["dropped"]["wrong"] >= 1


def openr1(identity: str, *generations: tuple[str, bool, bool], **more: Any) -> dict[str, Any]:
    """A row with (text, complete, verified) generations."""
    return {
        "uuid": identity,
        "problem": "1 + 1?",
        "solution": "The sum is $2$.",
        "answer": "2",
        "generations": [text for text, _, _ in generations],
        "is_reasoning_complete": [complete for _, complete, _ in generations],
        "correctness_math_verify": [verified for _, _, verified in generations],
        "correctness_llama": None,
        "messages": [{"role": "user", "content": "1 + 1?"}],
    } | more


LONG = "<think>\nCount, and count again.\n</think>\n\n\\boxed{2}"
SHORT = "<think>\nCount.\n</think>\n\n\\boxed{2}"
ROWS = [
    openr1("a", (LONG, True, True), (SHORT, True, True)),
    openr1("b", ("<think>\nand so", False, True), ("<think>\n1\n</think>\n\n\\boxed{1}", True, False)),
    openr1("c", (LONG, True, True), correctness_math_verify=[False], correctness_llama=[True]),
    openr1("d", (LONG, True, True)),
]


@pytest.mark.parametrize(
    ("settings", "kept", "dropped"),
    [
        ({}, [("a", SHORT), ("d", LONG)], {"not_chosen": 1, "not_verified": 2}),
        ({"keep": "first"}, [("a", LONG), ("d", LONG)], {"not_chosen": 1, "not_verified": 2}),
        ({"keep": "all"}, [("a", LONG), ("a", SHORT), ("d", LONG)], {"not_verified": 2}),
        ({"verified_by": "either"}, [("a", SHORT), ("c", LONG), ("d", LONG)], {"not_chosen": 1, "not_verified": 1}),
        ({"max_characters": len(SHORT)}, [("a", SHORT)], {"not_verified": 2, "too_long": 2}),
        ({"min_characters": len(LONG)}, [("a", LONG), ("d", LONG)], {"not_verified": 2, "too_short": 1}),
    ],
)
def test_openr1_with_verdicts_and_lengths(
    tmp_path: Path, settings: dict[str, Any], kept: list[tuple[str, str]], dropped: dict[str, int]
) -> None:
    traces, summary = read(tmp_path, "openr1", write_jsonl(tmp_path / "train.jsonl", ROWS), **settings)
    assert [(trace["id"], trace["messages"][-1]["content"]) for trace in traces] == kept
    assert summary["dropped"] == dropped
    assert summary["teachers"] == ["DeepSeek R1"]
    assert sum(dropped.values()) - dropped["not_verified"] + len(traces) == summary["completions"]


def test_tulu3_by_source_and_sampled(tmp_path: Path) -> None:
    rows = [{"id": f"{i}", "messages": CHAT, "source": "ai2/math" if i % 2 else "ai2/chat"} for i in range(100)]
    raw = write_jsonl(tmp_path / "data/train-0.jsonl", rows).parent
    traces, summary = read(tmp_path, "tulu3", raw, sources=["ai2/math"], size=10)
    assert all(int(trace["id"]) % 2 and trace["teacher"] == "ai2/math" for trace in traces)
    assert [int(trace["id"]) for trace in traces] == sorted(int(trace["id"]) for trace in traces)
    assert summary["dropped"] == {"not_drawn": 40, "other_source": 50}


def test_gsm8ks_solutions_from_both_formats_are_the_same(tmp_path: Path) -> None:
    problems = read_problem_set("gsm8k", shared("gsm8k_train.jsonl")).problems[10:40]
    of = {"source": "gsm8k", "split": "train"}
    made = [
        read(tmp_path, "solutions", shared(name), problems, of=of, answer="box")[0]
        for name in ("gsm8k_train.jsonl", "raw/gsm8k_train.jsonl")
    ]
    assert made[0] == made[1]
    assert [trace["id"] for trace in made[0]] == [problem.id for problem in problems]
    for trace in made[0]:
        text = trace["messages"][-1]["content"]
        assert text.endswith(f"\n\\boxed{{{trace['answer']}}}")
        assert "<<" not in text
        assert "####" not in text


def test_maths_and_gsm_sbs_solutions(tmp_path: Path) -> None:
    problems = read_problem_set("math", shared("math_train.jsonl")).problems[:20]
    traces, _ = read(
        tmp_path, "solutions", shared("math_train.jsonl"), problems, of={"source": "math", "split": "train"}
    )
    assert {trace["id"] for trace in traces} == {problem.id for problem in problems}
    assert all("\\boxed" in trace["messages"][-1]["content"] for trace in traces)
    of = {"source": "gsm_sbs", "size": 5, "digits": [2], "seed": 3, "set": "sbs"}
    made = [problem for problem, _ in worked(GsmSbsProblems(size=5, digits=[2]), seed=3)]
    traces, _ = read(tmp_path, "solutions", None, made[:3], of=of, answer="box")
    assert [trace["id"] for trace in traces] == [problem.id for problem in made[:3]]
    assert all(trace["messages"][-1]["content"].endswith(f"\\boxed{{{p.answer}}}") for trace, p in zip(traces, made))
