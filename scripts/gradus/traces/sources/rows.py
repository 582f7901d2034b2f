"""Rows in the layouts that trace sets commonly come in, found by their columns.

    messages                        a chat: list of {role, content}
    conversations                   the same as {from, value}, with human and gpt
    problem | question | prompt | instruction, and response | completion | output | solution
                                    a question with its response, to which reasoning_content | thinking | reasoning may
                                    belong; Alpaca's `input` follows the question after a blank line

`id` (or `uuid`), `answer` and `teacher` (or `model`) are taken where they are there. What else a row says is not read,
and the summary of the set names it.
"""

from pathlib import Path
from typing import Any

from gradus.problems.raw.files import read_rows
from gradus.problems.raw.row import Row
from gradus.traces.candidate import Candidate, Found, asked, checked
from gradus.traces.chats import LAYOUTS, THOUGHT, answer_with_thought, chat_of, filled_keys

CHATS = ("messages", "conversations")
QUESTION = ("problem", "question", "prompt", "instruction")
INPUT = "input"
RESPONSE = ("response", "completion", "output", "solution")
IDENTITY, TEACHER = ("id", "uuid"), ("teacher", "model")


def read(path: Path, settings: dict[str, Any]) -> Found:
    for row in read_rows(path, "train"):
        yield candidate(row, settings)


def candidate(row: Row, settings: dict[str, Any]) -> Candidate | str:
    """Raises GradusError for a row in none of the layouts, and for one that is broken."""
    own = row.get(*IDENTITY)
    answer = "" if row.get("answer") is None else row.answer("answer")
    teacher = row.text(*TEACHER) if row.get(*TEACHER) else settings["set"]
    column = row.name_of(*CHATS)
    unused: set[str] = set()
    if column is not None:
        chat = chat_of(row, column)
        if chat is None:
            return "no_assistant_turn"
        *before, last = chat.messages
        solution, context, unused, read_here = last["content"], tuple(before), chat.unused, {column}
    else:
        names = [row.name_of(*QUESTION), row.name_of(*RESPONSE)]
        if None in names:
            raise row.refusal(f"no question with a response; the row has {', '.join(row.values) or 'nothing'}", LAYOUTS)
        question = row.text(*QUESTION)
        if row.get(INPUT):
            question = f"{question}\n\n{row.text(INPUT)}"
        context = asked(row, question, settings["prompt"])
        solution = answer_with_thought(row, checked(row, "solution", row.text(*RESPONSE)), row.values)
        read_here = {*names, INPUT, *THOUGHT}
    unused |= set(filled_keys(row.values)) - read_here - {*IDENTITY, "answer", *TEACHER}
    identity = f"{settings['set']}/{row.number}" if own is None else str(own)
    checked(row, "solution", solution)
    return Candidate(identity, context, (solution,), answer, teacher, row.place, unused=frozenset(unused))
