"""Bad files of traces: one clear line with file and place, and nothing written."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gradus.provenance.errors import GradusError
from traces.made_traces import read

GOOD = {"id": "a", "prompt": "1 + 1?", "response": "2"}


def lines(*rows: object) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def chat(*turns: object) -> dict[str, object]:
    return {"messages": list(turns)}


USER, BOT = {"role": "user", "content": "1?"}, {"role": "assistant", "content": "1"}
BAD: dict[str, tuple[bytes, str]] = {
    "cut in the middle": (
        lines(GOOD) + lines(GOOD)[:-20],
        r"t\.jsonl:2: not valid JSON: .*ends in the middle of a row",
    ),
    "wrong columns": (lines(GOOD, {"text": "x"}), r"t\.jsonl:2: no question with a response; the row has text; give"),
    "latin-1 among utf-8": (
        lines(GOOD) + '{"prompt": "é", "response": "2"}\n'.encode("latin-1"),
        r"t\.jsonl:2: not UTF-8",
    ),
    "empty": (b"", r"t\.jsonl: the file holds no rows"),
    "blank lines only": (b"\n\n", r"t\.jsonl: the file holds no rows"),
    "a megabyte of question": (
        lines(GOOD | {"prompt": "x" * 1_000_000}),
        r"t\.jsonl:1: the question has 1,000,000 char",
    ),
    "a megabyte of solution": (
        lines(GOOD | {"response": "x" * 1_000_000}),
        r"t\.jsonl:1: the solution has 1,000,000 ch",
    ),
    "an id twice": (lines(GOOD, GOOD | {"prompt": "2?"}), r"t\.jsonl:2: the id 'a' is at .*t\.jsonl:1 already"),
    "an empty question": (lines(GOOD, GOOD | {"id": "b", "prompt": " "}), r"t\.jsonl:2: the question is empty"),
    "an empty response": (lines(GOOD | {"response": ""}), r"t\.jsonl:1: the solution is empty"),
    "half a character": (
        b'{"prompt": "\\ud800", "response": "2"}\n',
        r"t\.jsonl:1: the question holds half a character",
    ),
    "a number for a text": (lines(GOOD | {"response": 2}), r"t\.jsonl:1: response is 2, not text"),
    "no object": (b"[1]\n", r"t\.jsonl:1: expected an object"),
    "no list of turns": (lines({"messages": "hi"}), r"t\.jsonl:1: messages are no list of turns"),
    "an unknown role": (
        lines(chat(USER, {"role": "critic", "content": "1"}, BOT)),
        r"t\.jsonl:1: a turn is .*not a role",
    ),
    "a call without a name": (
        lines(chat(USER, BOT | {"tool_calls": [{"function": {"arguments": "{}"}}]})),
        r"t\.jsonl:1: a call is .*, not a function with its name and arguments; correct the row",
    ),
    "arguments of a call that are no object": (
        lines(chat(USER, BOT | {"tool_calls": [{"function": {"name": "add", "arguments": "1, 1"}}]})),
        r"t\.jsonl:1: arguments of add are no object; correct the row",
    ),
    "an empty turn": (lines(chat({"role": "user", "content": ""}, BOT)), r"t\.jsonl:1: the turn of user is empty"),
    "a thought that is no text": (lines(GOOD | {"thinking": ["1"]}), r"t\.jsonl:1: thinking is \['1'\], not text"),
    "two thoughts of a row": (
        lines(GOOD | {"reasoning": "1 and 1", "response": "<think>1</think>2"}),
        r"t\.jsonl:1: an answer has its thought in tags and in reasoning; remove one",
    ),
    "two thoughts of a turn": (
        lines(chat(USER, BOT | {"reasoning_content": "1", "content": "1</think>2"})),
        r"t\.jsonl:1: an answer has its thought in tags and in reasoning_content; remove one",
    ),
    "an input that is no text": (lines(GOOD | {"input": {"a": 1}}), r"t\.jsonl:1: input is \{'a': 1\}, not text"),
    "nothing left": (lines(chat(USER)), r"mine\.jsonl: no trace was left; loosen the filter"),
}


@pytest.mark.parametrize("what", BAD)
def test_is_told_with_its_place_and_leaves_nothing(tmp_path: Path, what: str) -> None:
    content, told = BAD[what]
    (tmp_path / "t.jsonl").write_bytes(content)
    with pytest.raises(GradusError, match=told) as caught:
        read(tmp_path, "rows", tmp_path / "t.jsonl")
    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["spec.json", "t.jsonl"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda row: row | {"generations": "x"}, r"train\.jsonl:1: generations is 'x', not a list of texts"),
        (
            lambda row: row | {"correctness_math_verify": [True]},
            r"correctness_math_verify is not one verdict for each of 2",
        ),
        (lambda row: {key: row[key] for key in row if key != "uuid"}, r"train\.jsonl:1: no uuid or id; the row has"),
    ],
)
def test_openr1_rows_that_are_not_the_publishers(tmp_path: Path, change: Callable, told: str) -> None:
    row = {
        "uuid": "a",
        "problem": "1?",
        "answer": "1",
        "generations": ["1", "1"],
        "correctness_math_verify": [True] * 2,
    }
    (tmp_path / "train.jsonl").write_bytes(lines(change(row)))
    with pytest.raises(GradusError, match=told):
        read(tmp_path, "openr1", tmp_path / "train.jsonl")
