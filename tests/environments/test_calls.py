"""Calls of tools in a model's turn: which there are, what they give, and that mistakes are told and never raised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.environments.calls import calls_in, results_in
from gradus.environments.kinds.calculator import call_of, reply
from gradus.environments.protocol import load_environment

CALL = '{"name": "calculator", "arguments": {"expression": "37*48"}}'


def turn(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": "37 * 48?"}, {"role": "assistant", "content": text}]


def said(text: str) -> str | None:
    message = reply(turn(text))
    assert message is None or message["role"] == "tool"
    return None if message is None else message["content"]


def test_a_call_is_written_as_it_is_read() -> None:
    assert call_of("37*48").text == CALL
    assert load_environment("calculator") is reply


@pytest.mark.parametrize(
    "text",
    [
        CALL,
        f"I need the product.\n{CALL}\n",
        f"<tool_call>\n{CALL}\n</tool_call>",
        f"<think>Is it {CALL}?\n</think>\n{CALL}",
        '{ "arguments": {"expression": "37 × 48"}, "name": "calculator" }',
    ],
)
def test_a_call_is_answered(text: str) -> None:
    assert said(text) == "1776"


def test_several_calls_of_a_turn_are_answered_line_by_line() -> None:
    tagged = "<tool_call>{}</tool_call>"
    wrong = '{"name": "calculator", "arguments": {"expression": "1/0"}}'
    assert said(tagged.format(CALL) + "\n" + tagged.format(wrong)) == "1776\nerror: division by zero"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "37*48=1776\n\\boxed{1776}",
        "{1, 2, 3}",  # a set is an answer
        f"{CALL}\nso it is \\boxed{{1776}}",
        f"<think>\n{CALL}",  # a thought that never ends
        f"<think>\n{CALL}\n</think>\n\\boxed{{1776}}",
    ],
)
def test_what_calls_nothing_ends_the_conversation(text: str) -> None:
    assert said(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CALL[:-2], "not JSON"),
        (f"<tool_call>{CALL[:-1]}", "not JSON"),
        ('{"name": "calculator" ' + "[" * 1900, "not JSON"),
        ('{"name": "calculator", "arguments": "37*48"}', "arguments are no object"),
        ('{"expression": "37*48"}', "no name of a tool"),
        ('{"name": "search", "arguments": {}}', "no such tool; there is calculator"),
        ('{"name": "calculator"}', 'arguments have no "expression" with a text'),
        ('{"name": "calculator", "arguments": {"expression": 3}}', 'arguments have no "expression" with a text'),
        ('{"name": "' + "x" * 2000 + '"}', "a call of more than 2000 characters"),
    ],
)
def test_a_mistake_is_a_result(text: str, words: str) -> None:
    assert said(text) == f"error: {words}"


@given(st.text(max_size=60), st.sampled_from(["", "<tool_call>", '{"']))
def test_no_text_raises(text: str, before: str) -> None:
    assert said(before + text) is None or calls_in(before + text)


def test_results_are_told_apart() -> None:
    contents = ("1776", "error: not JSON", "3\nerror: division by zero")
    tool = [{"role": "tool", "content": content} for content in contents]
    assert results_in([*turn(CALL), *tool, *turn("error: none")]) == [True, False, True, False]
