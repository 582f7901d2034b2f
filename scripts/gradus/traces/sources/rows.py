"""Rows in the layouts that trace sets commonly come in, found by their columns.

    messages                        a chat: list of {role, content}
    conversations                   the same as {from, value}, with human and gpt
    problem | question | prompt | instruction, and response | completion | output | solution
                                    a question with its response, to which thinking | reasoning may belong

`id` (or `uuid`), `answer` and `teacher` (or `model`) are taken where they are there.
"""

from pathlib import Path
from typing import Any

from gradus.problems.raw.files import read_rows
from gradus.problems.raw.row import Row
from gradus.prompts.messages import Message
from gradus.traces.candidate import MISTAKEN_ROW, Candidate, Found, asked, checked

QUESTION = ("problem", "question", "prompt", "instruction")
RESPONSE = ("response", "completion", "output", "solution")
THOUGHT = ("thinking", "reasoning")
ROLES = {"human": "user", "gpt": "assistant", "user": "user", "assistant": "assistant", "system": "system"}
LAYOUTS = "give `path` a file with a chat in messages, or with a prompt and a response"


def read(path: Path, settings: dict[str, Any]) -> Found:
    for row in read_rows(path, "train"):
        yield candidate(row, settings)


def candidate(row: Row, settings: dict[str, Any]) -> Candidate | str:
    """Raises GradusError for a row in none of the layouts, and for one that is broken."""
    own = row.get("id", "uuid")
    answer = "" if row.get("answer") is None else row.answer("answer")
    teacher = row.text("teacher", "model") if row.get("teacher", "model") else settings["set"]
    chat = row.get("messages", "conversations")
    if chat is not None:
        messages = chat_of(row, chat)
        if messages is None:
            return "no_assistant_turn"
        *before, last = messages
        solution, context = last["content"], tuple(before)
    else:
        if row.get(*QUESTION) is None or row.get(*RESPONSE) is None:
            raise row.refusal(f"no question with a response; the row has {', '.join(row.values) or 'nothing'}", LAYOUTS)
        solution, context = row.text(*RESPONSE), asked(row, row.text(*QUESTION), settings["prompt"])
        if row.get(*THOUGHT) is not None:
            solution = f"<think>\n{row.text(*THOUGHT)}\n</think>\n\n{solution}"
    identity = f"{settings['set']}/{row.number}" if own is None else str(own)
    checked(row, "solution", solution)
    return Candidate(identity, context, (solution,), answer, teacher, row.place)


def chat_of(row: Row, chat: Any) -> list[Message] | None:
    """The conversation up to its last answer; None where there is none.

    Raises GradusError where it is no list of turns, or a turn is empty or of nobody known.
    """
    if not isinstance(chat, list) or not chat:
        raise row.refusal("messages are no list of turns", LAYOUTS)
    messages: list[Message] = []
    for turn in chat:
        role = turn.get("role", turn.get("from")) if isinstance(turn, dict) else None
        content = turn.get("content", turn.get("value")) if isinstance(turn, dict) else None
        if role not in ROLES or not isinstance(content, str):
            raise row.refusal(f"a turn is {turn!r:.60}, not a role with a text", MISTAKEN_ROW)
        messages.append({"role": ROLES[role], "content": checked(row, f"turn of {role}", content)})
    while messages and messages[-1]["role"] != "assistant":
        messages.pop()
    return messages if any(message["role"] == "user" for message in messages) else None
